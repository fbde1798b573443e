package golang

// breakCycles puts a pointer wherever a struct would contain itself by value,
// directly or through others. Every edge of a cycle becomes one, so the result
// does not depend on where the search starts.
func breakCycles(all []*declPlan) {
	c := &components{index: map[*declPlan]int{}, low: map[*declPlan]int{}, group: map[*declPlan]int{}}
	for _, d := range all {
		if _, seen := c.index[d]; !seen {
			c.visit(d)
		}
	}
	for _, d := range all {
		for _, f := range d.fields {
			to := embedded(f.typ)
			if to == nil || c.group[to] != c.group[d] {
				continue
			}
			if f.typ.form == generic {
				f.typ = goType{form: generic, path: f.typ.path, name: f.typ.name, elem: ptr(pointerTo(*f.typ.elem))}
				continue
			}
			f.typ = pointerTo(f.typ)
		}
	}
}

func ptr[T any](v T) *T { return &v }

// embedded is the struct that a field holds by value, nil for everything else.
func embedded(t goType) *declPlan {
	if t.form == generic && t.name == "Nullable" {
		return embedded(*t.elem)
	}
	for t.form == named && t.decl != nil {
		switch t.decl.form {
		case structForm:
			return t.decl
		case aliasForm:
			t = t.decl.target
			continue
		}
		return nil
	}
	return nil
}

// components finds strongly connected structs (Tarjan). Documents nest references
// as deep as they have schemas, so the search keeps its own stack.
type components struct {
	index, low map[*declPlan]int
	group      map[*declPlan]int // 0 while undecided
	stack      []*declPlan
	groups     int
}

type step struct {
	d    *declPlan
	next int // field to look at
}

func (c *components) visit(root *declPlan) {
	work := []step{c.enter(root)}
	for len(work) > 0 {
		top := &work[len(work)-1]
		if top.next < len(top.d.fields) {
			to := embedded(top.d.fields[top.next].typ)
			top.next++
			if to == nil {
				continue
			}
			if _, seen := c.index[to]; !seen {
				work = append(work, c.enter(to))
			} else if c.group[to] == 0 {
				c.low[top.d] = min(c.low[top.d], c.index[to])
			}
			continue
		}
		d := top.d
		work = work[:len(work)-1]
		if len(work) > 0 {
			parent := work[len(work)-1].d
			c.low[parent] = min(c.low[parent], c.low[d])
		}
		c.leave(d)
	}
}

func (c *components) enter(d *declPlan) step {
	c.index[d] = len(c.index)
	c.low[d] = c.index[d]
	c.stack = append(c.stack, d)
	return step{d: d}
}

// leave closes the component of which d is the root. A struct on its own is a
// group too; only a field of its own type makes that group a cycle.
func (c *components) leave(d *declPlan) {
	if c.low[d] != c.index[d] {
		return
	}
	c.groups++
	for {
		top := c.stack[len(c.stack)-1]
		c.stack = c.stack[:len(c.stack)-1]
		c.group[top] = c.groups
		if top == d {
			return
		}
	}
}
