package generator

import (
	"crypto/sha256"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Sum stands for a file that was generated, without its bytes.
type Sum struct {
	Path   string // slash path relative to the output root
	SHA256 [sha256.Size]byte
}

// Sums are the files in the form that Standing compares with the disk.
func Sums(files []File) []Sum {
	sums := make([]Sum, len(files))
	for i, f := range files {
		sums[i] = Sum{f.Path, sha256.Sum256(f.Content)}
	}
	return sums
}

// Standing reports whether Write would change nothing: every file is below root with
// the bytes it was generated with, and no file of an earlier run is left over.
func Standing(root string, sums []Sum) bool {
	wanted := map[string]bool{}
	dirs := map[string][]string{}
	for _, s := range sums {
		content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(s.Path)))
		if err != nil || sha256.Sum256(content) != s.SHA256 {
			return false
		}
		wanted[s.Path] = true
		if suffix := sweptSuffix(s.Path); suffix != "" && !slices.Contains(dirs[path.Dir(s.Path)], suffix) {
			dirs[path.Dir(s.Path)] = append(dirs[path.Dir(s.Path)], suffix)
		}
	}
	stale, err := staleFiles(root, dirs, wanted)
	return err == nil && len(stale) == 0
}
