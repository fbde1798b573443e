package spec

import (
	"slices"
	"strconv"
	"strings"
)

// branch is the word for the branch n of a choice, behind the place of the
// choice: what the branch calls itself, else "variant" and its number.
func (p *places) branch(n, list *node) string {
	words, known := p.branches[list]
	if !known {
		words = branchWords(list)
		p.branches[list] = words
	}
	if word := words[n.index]; word != "" {
		return word
	}
	return "variant" + strconv.Itoa(int(n.index)+1)
}

// branchWords are the words for all branches of a choice, empty for those that do
// not say what they are. Such a word stays when branches are added or change
// places; a number does not.
func branchWords(list *node) []string {
	words := make([]string, len(list.kids))
	for i := range list.kids {
		words[i] = titleWord(list.kids[i].value)
	}
	forgetShared(words)
	tags := make([]map[string]string, len(list.kids))
	uses := map[string]int{}
	for i := range list.kids {
		tags[i] = constants(list.kids[i].value)
		for key, value := range tags[i] {
			uses[key+"="+value]++
		}
	}
	for i, own := range tags {
		if words[i] != "" {
			continue
		}
		best := ""
		for key, value := range own {
			if uses[key+"="+value] == 1 && (best == "" || key < best) {
				best = key
			}
		}
		if best != "" {
			words[i] = own[best]
		}
	}
	forgetShared(words)
	return words
}

// forgetShared empties the words that several branches have.
func forgetShared(words []string) {
	uses := map[string]int{}
	for _, word := range words {
		uses[strings.ToLower(word)]++
	}
	for i, word := range words {
		if uses[strings.ToLower(word)] > 1 {
			words[i] = ""
		}
	}
}

// titleWord is the title of an inline schema, when it reads like a name.
func titleWord(n *node) string {
	if title := n.str("title"); isBranchWord(title) && len(strings.Fields(title)) <= 3 {
		return title
	}
	return ""
}

// constants are the members of an inline object that have one value: "type" is
// "card".
func constants(n *node) map[string]string {
	var tags map[string]string
	for _, m := range n.get("properties").members() {
		value := m.value.get("const")
		if list := m.value.get("enum").items(); value == nil && len(list) == 1 {
			value = list[0].value
		}
		if value.is(stringNode) && isBranchWord(value.text) {
			if tags == nil {
				tags = map[string]string{}
			}
			tags[m.key] = value.text
		}
	}
	return tags
}

// isBranchWord reports text that can stand in the name of a type and says
// something there: short, on one line, and starting with a letter.
func isBranchWord(s string) bool {
	const longest = 32
	letter := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
	return s != "" && len(s) <= longest && letter(rune(s[0])) && !slices.ContainsFunc([]rune(s), func(r rune) bool {
		return !letter(r) && !strings.ContainsRune("0123456789 ._-/:", r)
	})
}
