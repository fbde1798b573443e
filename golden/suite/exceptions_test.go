package suite

var exceptions = map[string][]struct{ reason, cases string }{}
