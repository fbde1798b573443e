package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rtgen/rtgen/generator"
	"github.com/rtgen/rtgen/spec"
)

// What a run of generate writes and says follows from three things alone: the
// program, its settings and the files it reads. A memory is that fact about one
// run, kept in the user's cache folder: with the sums of what was read and of
// what was written, it tells the next run that there is nothing to do without
// parsing or emitting anything. It holds sums and not times, so no clock, checkout or
// copy can make it lie, and it is replaced in one step, so that runs beside each
// other see all of it or none.
//
// Only generate asks it. check is what people trust in continuous integration, and
// generates every time.
type memory struct {
	Tool    string            // identity of the program
	Inputs  map[string]string // sums of the files below the document's root; "": there was none
	Outputs []generator.Sum

	Read, Emitted spec.Diagnostics // what the run said, to be said again
}

const (
	cacheVariable = "RTGEN_CACHE"
	memorySuffix  = ".run"
	memoryAge     = 30 * 24 * time.Hour // projects come and go; what they left goes after this
)

// memoryPath is where the memory of such a run is, one file for each project and
// settings. It is "" when runs are not remembered: the user said so, the document
// comes from standard input, or there is no cache folder.
func memoryPath(s settings, cfg generator.Config) string {
	dir := os.Getenv(cacheVariable)
	if dir == "off" || s.document == "-" {
		return ""
	}
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(base, "rtgen")
	}
	cwd, err := os.Getwd()
	if err != nil {
		return ""
	}
	s.strict = false // decides what becomes of the findings, not what they are
	target, err := json.Marshal(cfg)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %#v %s", cwd, s, target))
	return filepath.Join(dir, hex.EncodeToString(sum[:])+memorySuffix)
}

// recall reads a memory. Nil is none, or one that nobody can read.
func recall(path string) *memory {
	if path == "" {
		return nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var m memory
	if json.Unmarshal(data, &m) != nil || m.Tool == "" || len(m.Outputs) == 0 {
		return nil
	}
	return &m
}

// holds reports whether the same program would read the same bytes and find on disk what
// it wrote.
func (m *memory) holds(s settings, outputRoot string) bool {
	root, err := os.OpenRoot(s.inputRoot())
	if err != nil {
		return false
	}
	defer root.Close()
	for name, want := range m.Inputs {
		if data, err := fs.ReadFile(root.FS(), name); sumOf(data, err) != want {
			return false
		}
	}
	return generator.Standing(outputRoot, m.Outputs)
}

// inputRoot is the folder that the names of inputs are relative to.
func (s settings) inputRoot() string {
	if s.root != "" {
		return s.root
	}
	return filepath.Dir(s.document)
}

// sumOf is "" for a file that is not there, which is something to remember as well.
func sumOf(data []byte, err error) string {
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// witness notes what a run reads.
type witness struct {
	inputs map[string]string
	lost   bool // something was read that a later run cannot compare
}

func (w *witness) observe(name string, data []byte) {
	sum := ""
	if data != nil {
		sum = sumOf(data, nil)
	}
	before, twice := w.inputs[name]
	if twice && before != sum || !fs.ValidPath(name) || strings.Contains(name, "://") || !utf8.ValidString(name) {
		w.lost = true
	}
	w.inputs[name] = sum
}

// keep stores a memory. Whatever goes wrong costs time in the next run and nothing
// else, so nobody hears of it.
func (m *memory) keep(path string) {
	data, err := json.Marshal(m)
	if path == "" || err != nil {
		return
	}
	dir := filepath.Dir(path)
	if os.MkdirAll(dir, 0o700) != nil {
		return
	}
	tmp, err := os.CreateTemp(dir, "*"+memorySuffix+".new")
	if err != nil {
		return
	}
	_, err = tmp.Write(data)
	if closed := tmp.Close(); err != nil || closed != nil || os.Rename(tmp.Name(), path) != nil {
		os.Remove(tmp.Name())
	}
	forget(dir, time.Now().Add(-memoryAge))
}

// forget removes memories that are older than a time.
func forget(dir string, limit time.Time) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !strings.Contains(e.Name(), memorySuffix) {
			continue // the user may have named a folder that holds more
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && info.ModTime().Before(limit) {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// toolIdentity differs between any two programs that could differ in what they emit:
// releases, and builds of a checkout with and without the last edit. It is the
// identity that go build links into a program, which covers the content of everything
// that went into it, or the sum of the program's own file where a build leaves that
// out. "" is unknown.
func toolIdentity() string {
	name, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	// The linker places the identity before the program's code in every format.
	head := make([]byte, 64<<10)
	n, _ := f.ReadAt(head, 0)
	if id := buildID(head[:n]); id != "" {
		return id
	}
	data, err := os.ReadFile(name)
	return sumOf(data, err)
}

// buildID finds the identity of a Go build: four hashes of twenty letters, between slashes.
// A build that is told to leave it out has nothing, or a word, in that place.
func buildID(data []byte) string {
	const part, whole = 20, 4*20 + 3
	for at := 0; ; {
		slash := bytes.IndexByte(data[at:], '/')
		if slash < 0 {
			return ""
		}
		at += slash + 1
		start := at - 1 - part
		if start < 0 || start+whole > len(data) {
			continue
		}
		if id := string(data[start : start+whole]); isBuildID(id) {
			return id
		}
	}
}

func isBuildID(id string) bool {
	for i, c := range []byte(id) {
		separator := i%21 == 20
		letter := c == '-' || c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
		if separator != (c == '/') || !separator && !letter {
			return false
		}
	}
	return true
}
