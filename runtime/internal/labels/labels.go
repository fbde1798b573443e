// Package labels keeps what clients say out of the labels of metrics: every label has few values, whatever
// is sent.
package labels

import (
	"net/http"
	"strconv"

	rt "github.com/rtgen/rtgen/runtime"
)

// Method is an HTTP method, or _OTHER as semantic conventions have it for those that nobody knows.
func Method(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace, "QUERY":
		return method
	}
	return "_OTHER"
}

// Code is the close code of a socket. A client may close with any: those that mean nothing in particular
// are "other".
func Code(info rt.CloseInfo) string {
	if info.ByServer {
		return strconv.Itoa(info.Code)
	}
	switch info.Code {
	case 1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011:
		return strconv.Itoa(info.Code)
	}
	return "other"
}
