package spec

import (
	"slices"
	"strings"
)

// The fixed fields of OpenAPI's objects, of all versions together: what 3.2 adds
// to a 3.0 document is read, too. Schemas are not among them, see schemaWriter.
const (
	documentKeys  = "openapi $self info jsonSchemaDialect servers paths webhooks components security tags externalDocs"
	infoKeys      = "title summary description termsOfService contact license version"
	componentKeys = "schemas responses parameters examples requestBodies headers securitySchemes links callbacks pathItems mediaTypes"
	pathItemKeys  = "$ref summary description get put post delete options head patch trace query additionalOperations servers parameters"
	operationKeys = "tags summary description externalDocs operationId parameters requestBody responses callbacks deprecated security servers"
	parameterKeys = "name in description required deprecated allowEmptyValue style explode allowReserved schema example examples content"
	bodyKeys      = "description content required"
	mediaKeys     = "schema itemSchema example examples encoding prefixEncoding itemEncoding"
	responseKeys  = "summary description headers content links"
)

// checkKeys warns of keys that an object of OpenAPI has not: what a misspelt
// "requestBody" or "post" describes would be missing, silently.
func (b *builder) checkKeys(n *node, what, keys string) {
	if b.keysChecked[n] {
		return // a shared parameter is met by many operations
	}
	b.keysChecked[n] = true
	known := strings.Fields(keys)
	for _, m := range n.members() {
		if strings.HasPrefix(m.key, "x-") || slices.Contains(known, m.key) || what == "a path item" && isMethod(strings.ToLower(m.key)) {
			continue
		}
		b.report.warnKey(m.value, "key-unknown", didYouMean(m.key, known), "%s has no key %s; it is ignored", what, quote(m.key))
	}
}

// checkParameterKeys is checkKeys for a parameter or header. One without a schema
// may be its own, as in Swagger 2.0.
func (b *builder) checkParameterKeys(n *node, what string) {
	keys := parameterKeys
	if !n.has("schema") && n.has("type") {
		keys += " type collectionFormat " + strings.Join(schemaKeywordNames[:], " ") + " enum"
	}
	b.checkKeys(n, what, keys)
}
