package conformance

// cases returns all cases, in the order of the protocol's chapters.
func cases() []testCase {
	var all []testCase
	for _, chapter := range []struct {
		name string
		list []testCase
	}{
		{"negotiation", negotiationCases},
		{"hello", helloCases},
		{"frames", frameCases},
		{"limits", limitCases},
		{"calls", callCases},
		{"streams", streamCases},
		{"channels", channelCases},
		{"recovery", recoveryCases},
		{"presence", presenceCases},
		{"repeated calls", repeatedCases},
		{"event stream", eventStreamCases},
		{"credentials", credentialCases},
		{"liveness", livenessCases},
		{"closing", closingCases},
	} {
		for _, one := range chapter.list {
			one.section = chapter.name
			all = append(all, one)
		}
	}
	return all
}
