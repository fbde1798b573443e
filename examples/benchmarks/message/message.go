// Package message is the work that every contestant does: what is sent, what a handler makes of
// it, and what an event says. Contestants differ in how the bytes get in and out, and in nothing else.
package message

import (
	"encoding/json"
	"strings"
	"time"
)

// Room is the one room that everybody is in.
const Room = "general"

// Sizes of what travels, in bytes of JSON, whatever a protocol wraps around it.
const (
	BodySize  = 290
	ReplySize = 350
	EventSize = 294
)

// A New is the body of createMessage.
type New struct {
	Text     string   `json:"text"`
	Kind     string   `json:"kind"`
	Mentions []string `json:"mentions"`
	ReplyTo  int64    `json:"replyTo"`
	Client   Program  `json:"client"`
}

// A Program is the one that a message was written in.
type Program struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Locale  string `json:"locale"`
}

// An Author is who wrote a message.
type Author struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// A Message is the answer to createMessage, and the data of the event.
type Message struct {
	ID       int64    `json:"id"`
	Room     string   `json:"room"`
	Author   Author   `json:"author"`
	Text     string   `json:"text"`
	Kind     string   `json:"kind"`
	Mentions []string `json:"mentions"`
	ReplyTo  int64    `json:"replyTo"`
	Sent     int64    `json:"sent"` // microseconds since 1970
}

// What a handler adds to the body.
const (
	ID         = 1_000_001
	AuthorID   = "user-5b1f7c0e9a"
	AuthorName = "Ada King, Countess Lovelace"
)

// Reply is what the handler of every contestant does.
func Reply(room string, n *New) Message {
	return Message{
		ID: ID, Room: room, Author: Author{AuthorID, AuthorName},
		Text: n.Text, Kind: n.Kind, Mentions: n.Mentions, ReplyTo: n.ReplyTo, Sent: Now(),
	}
}

// Event is what happens to somebody now. Its time tells the receiver how long it took.
func Event() Message {
	m := Message{
		ID: ID, Room: Room, Author: Author{AuthorID, AuthorName}, Kind: "text",
		Mentions: []string{"grace"}, ReplyTo: 51, Sent: Now(),
	}
	m.Text = eventText
	return m
}

// Now is the clock of events.
func Now() int64 { return time.Now().UnixMicro() }

// Body is the body of every request.
var Body = fit(BodySize, func(text string) any {
	return New{
		Text: text, Kind: "markdown", Mentions: []string{"grace", "alan"}, ReplyTo: 51,
		Client: Program{"benchmark", "1.0.0", "en-GB"},
	}
})

var eventText = textOf(fit(EventSize, func(text string) any {
	return Message{
		ID: ID, Room: Room, Author: Author{AuthorID, AuthorName}, Text: text, Kind: "text",
		Mentions: []string{"grace"}, ReplyTo: 51, Sent: Now(),
	}
}))

// fit makes JSON of size bytes by choosing a text of the right length.
func fit(size int, value func(text string) any) []byte {
	prose := strings.Repeat("The Analytical Engine has no pretensions whatever to originate anything. ", 8)
	for n := range len(prose) {
		if data, err := json.Marshal(value(prose[:n+1])); err == nil && len(data) >= size {
			return data
		}
	}
	panic("message: no text fits")
}

func textOf(data []byte) string {
	var m Message
	if err := json.Unmarshal(data, &m); err != nil {
		panic(err) // it was written by fit
	}
	return m.Text
}
