package golang

import (
	"net/http"
	"strconv"
)

// statusName is the word for a declared status: "Created" for "201",
// "ClientError4XX" for "4XX", "Default" for "default".
func statusName(status string) string {
	switch status {
	case "default":
		return "Default"
	case "1XX":
		return "Informational1XX"
	case "2XX":
		return "Success2XX"
	case "3XX":
		return "Redirection3XX"
	case "4XX":
		return "ClientError4XX"
	case "5XX":
		return "ServerError5XX"
	}
	if n, err := strconv.Atoi(status); err == nil && http.StatusText(n) != "" {
		return inner(http.StatusText(n))
	}
	return "Status" + inner(status)
}

// statusWish is statusName, then the same with the number: 200 and a schema
// called like it are told apart by that.
func statusWishes(stem, status string) []string {
	name := glue(stem, statusName(status))
	return dedupe([]string{name, glue(name, inner(status)), name + "Answer"})
}

// varies reports whether an answer must say its status itself.
func varies(status string) bool {
	_, err := strconv.Atoi(status)
	return err != nil
}
