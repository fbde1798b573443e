package runtime

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// A keptAnswer is what a call came to, as it is kept for the same call made again.
type keptAnswer struct {
	status int
	header http.Header
	media  string
	body   []byte
	lost   bool // the call has been made, but its answer is too large or a stream

	published []pub      // positions of its events
	standings []standing // of the channels that it joins, when the handler looked
}

// keep copies an answer.
func (s *Server) keep(ex *exchange, out *reply) *keptAnswer {
	if out.stream != nil || out.reader != nil || len(out.body) > maxKeptAnswer {
		return &keptAnswer{lost: true}
	}
	k := &keptAnswer{status: out.status, header: out.header.Clone(), media: out.media, body: bytes.Clone(out.body)}
	k.header.Del(positionHeader) // it is the caller's, and made anew, as are its subscriptions
	k.header.Del(subscriptionsHeader)
	k.published = ex.published.sofar()
	if rt := s.sockets(); rt != nil && ex.realtime != nil {
		k.standings = rt.keepOutcome(ex, out)
	}
	return k
}

// reply is the answer, once more.
func (k *keptAnswer) reply() *reply {
	return &reply{status: k.status, header: k.header.Clone(), media: k.media, body: k.body}
}

// keptForm is a keptAnswer in a store. Other servers of the application read it, of other versions too:
// members may be added.
type keptForm struct {
	Status    int           `json:"status,omitempty"`
	Header    http.Header   `json:"header,omitempty"`
	Media     string        `json:"media,omitempty"`
	Body      []byte        `json:"body"` // null is none, "" an empty one
	Lost      bool          `json:"lost,omitempty"`
	Published []keptChannel `json:"published,omitempty"`
	Standings []keptChannel `json:"standings,omitempty"`
}

// A keptChannel is a position in a channel.
type keptChannel struct {
	Address string `json:"address"`
	Epoch   string `json:"epoch,omitempty"`
	Seq     uint64 `json:"seq"`
	Last    string `json:"last,omitempty"`
}

func (k *keptAnswer) encode() []byte {
	form := keptForm{Status: k.status, Header: k.header, Media: k.media, Body: k.body, Lost: k.lost}
	for _, p := range k.published {
		form.Published = append(form.Published, keptChannel{Address: p.address, Seq: p.seq})
	}
	for _, s := range k.standings {
		form.Standings = append(form.Standings, keptChannel{s.address, s.at.Epoch, s.at.Seq, s.at.Last})
	}
	text, err := json.Marshal(form)
	if err != nil {
		return []byte(`{"lost":true}`) // nothing in a form can fail
	}
	return text
}

func readAnswer(text []byte) (*keptAnswer, error) {
	var form keptForm
	if err := json.Unmarshal(text, &form); err != nil {
		return nil, err
	}
	k := &keptAnswer{status: form.Status, header: form.Header, media: form.Media, body: form.Body, lost: form.Lost}
	for _, p := range form.Published {
		k.published = append(k.published, pub{address: p.Address, seq: p.Seq})
	}
	for _, s := range form.Standings {
		k.standings = append(k.standings, standing{address: s.Address, at: Position{Epoch: s.Epoch, Seq: s.Seq, Last: s.Last}})
	}
	return k, nil
}
