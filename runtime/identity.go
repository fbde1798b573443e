package runtime

import "time"

// An Identity is who a caller is, as the application's security check says. It is shared by
// calls and must not be changed once returned.
type Identity struct {
	Subject string         // the principal, stable across its connections; $auth.sub
	Scopes  []string       // what it may do
	Claims  map[string]any // further claims: $auth.<claim>
	Expires time.Time      // when the credentials end; zero: never
	Value   any            // whatever the application wants to carry; the runtime never looks
}
