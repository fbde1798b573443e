package main

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/rtgen/rtgen/examples/chat/api"
)

// errNotFound and errExists are what the store says about rooms and messages.
var (
	errNotFound = errors.New("not found")
	errExists   = errors.New("exists already")
)

// Buckets of the database file.
var (
	bucketRooms    = []byte("rooms")    // room id → api.Room
	bucketMessages = []byte("messages") // room id → bucket of message id (big endian) → api.Message
	bucketSessions = []byte("sessions") // session id → session
)

// store keeps rooms, messages and sessions in one file. It is safe for
// concurrent use; bbolt serialises writers.
type store struct{ db *bolt.DB }

// openStore opens the file at path, creating it with one room when it is new.
func openStore(path string) (*store, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: 3 * time.Second})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	s := &store{db}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{bucketRooms, bucketMessages, bucketSessions} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		if k, _ := tx.Bucket(bucketRooms).Cursor().First(); k != nil {
			return nil
		}
		return putJSON(tx.Bucket(bucketRooms), []byte("general"), api.Room{
			ID: "general", Name: "General", CreatedAt: now(),
		})
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare %s: %w", path, err), db.Close())
	}
	return s, nil
}

func (s *store) Close() error { return s.db.Close() }

// Rooms lists all rooms, oldest first.
func (s *store) Rooms() ([]api.Room, error) {
	rooms := []api.Room{}
	err := s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketRooms).ForEach(func(_, v []byte) error {
			var room api.Room
			if err := json.Unmarshal(v, &room); err != nil {
				return err
			}
			rooms = append(rooms, room)
			return nil
		})
	})
	slices.SortStableFunc(rooms, func(a, b api.Room) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return rooms, err
}

// CreateRoom adds a room, or answers errExists.
func (s *store) CreateRoom(room api.Room) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		rooms := tx.Bucket(bucketRooms)
		if rooms.Get([]byte(room.ID)) != nil {
			return errExists
		}
		return putJSON(rooms, []byte(room.ID), room)
	})
}

// Messages returns the newest limit messages of a room that are older than
// before (zero: no bound), oldest first; errNotFound when there is no such room.
func (s *store) Messages(room string, limit int, before int64) ([]api.Message, error) {
	messages := []api.Message{}
	err := s.db.View(func(tx *bolt.Tx) error {
		if tx.Bucket(bucketRooms).Get([]byte(room)) == nil {
			return errNotFound
		}
		b := tx.Bucket(bucketMessages).Bucket([]byte(room))
		if b == nil {
			return nil
		}
		c := b.Cursor()
		k, v := c.Last()
		if before > 0 {
			if k, _ = c.Seek(messageKey(before)); k == nil {
				k, v = c.Last()
			} else {
				k, v = c.Prev()
			}
		}
		for ; k != nil && len(messages) < limit; k, v = c.Prev() {
			var m api.Message
			if err := json.Unmarshal(v, &m); err != nil {
				return err
			}
			messages = append(messages, m)
		}
		return nil
	})
	slices.Reverse(messages)
	return messages, err
}

// AddMessage gives a message its id and keeps it; errNotFound when there is no such room.
func (s *store) AddMessage(room string, author api.User, text string) (api.Message, error) {
	m := api.Message{Author: author, Text: text, At: now()}
	err := s.db.Update(func(tx *bolt.Tx) error {
		if tx.Bucket(bucketRooms).Get([]byte(room)) == nil {
			return errNotFound
		}
		b, err := tx.Bucket(bucketMessages).CreateBucketIfNotExists([]byte(room))
		if err != nil {
			return err
		}
		id, err := b.NextSequence()
		if err != nil {
			return err
		}
		m.ID = int64(id)
		return putJSON(b, messageKey(m.ID), m)
	})
	return m, err
}

// HasMessage reports whether a message is there still.
func (s *store) HasMessage(room string, id int64) bool {
	found := false
	_ = s.db.View(func(tx *bolt.Tx) error { // fails for a database that is closed, which has none
		b := tx.Bucket(bucketMessages).Bucket([]byte(room))
		found = b != nil && b.Get(messageKey(id)) != nil
		return nil
	})
	return found
}

// DeleteMessage removes a message if allowed says so about it.
func (s *store) DeleteMessage(room string, id int64, allowed func(api.Message) error) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketMessages).Bucket([]byte(room))
		if b == nil {
			return errNotFound
		}
		v := b.Get(messageKey(id))
		if v == nil {
			return errNotFound
		}
		var m api.Message
		if err := json.Unmarshal(v, &m); err != nil {
			return err
		}
		if err := allowed(m); err != nil {
			return err
		}
		return b.Delete(messageKey(id))
	})
}

// session is who holds a session cookie, and until when.
type session struct {
	User    api.User  `json:"user"`
	Expires time.Time `json:"expires"`
}

// PutSession keeps a session under its id and forgets those that have ended.
func (s *store) PutSession(id string, sess session) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketSessions)
		var ended [][]byte
		err := b.ForEach(func(k, v []byte) error {
			var old session
			if json.Unmarshal(v, &old) != nil || old.Expires.Before(now()) {
				ended = append(ended, bytes.Clone(k))
			}
			return nil
		})
		for _, k := range ended {
			err = errors.Join(err, b.Delete(k))
		}
		return errors.Join(err, putJSON(b, []byte(id), sess))
	})
}

// Session returns a session that has not ended, or errNotFound.
func (s *store) Session(id string) (session, error) {
	var sess session
	err := s.db.View(func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketSessions).Get([]byte(id))
		if v == nil {
			return errNotFound
		}
		return json.Unmarshal(v, &sess)
	})
	if err == nil && sess.Expires.Before(now()) {
		err = errNotFound
	}
	return sess, err
}

// DeleteSession ends a session; ending one that is not there is no error.
func (s *store) DeleteSession(id string) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketSessions).Delete([]byte(id))
	})
}

func putJSON(b *bolt.Bucket, key []byte, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.Put(key, data)
}

// messageKey orders messages by id.
func messageKey(id int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(id)) }

// now is the present, in the precision that the page shows and the wire carries.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
