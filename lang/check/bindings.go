package check

import (
	"cmp"
	"slices"
	"strings"

	"nabla/symbolic"
	"nabla/symbolic/persist"
)

// A nameIndex is what a Scope knows of its names beside their meaning. Every part of it changes with one name at a time, so
// that a statement costs the same however many names there are.
type nameIndex struct {
	places   int              // how many names there ever were
	users    nameSets[string] // name → the names whose present meaning is built from it
	stale    nameSet          // names whose present meaning is built from an earlier one of another
	waiting  nameSet          // definitions that are built anew when a dimension gets a size
	families nameSet
	given    nameSets[*symbolic.Func] // abstract function → the names by which it stands for a known one
	calls    nameSets[*symbolic.Expr] // call of a function → the definitions that are just this call
}

// A nameSet is a set of names.
type nameSet struct{ persist.Map[string, bool] }

func (s *nameSet) include(name string, in bool) {
	if in {
		s.Set(name, true)
	} else {
		s.Delete(name)
	}
}

// nameSets is a set of names for each key that has any.
type nameSets[K comparable] struct{ persist.Map[K, nameSet] }

func (s *nameSets[K]) include(key K, name string, in bool) {
	set := s.At(key)
	set.include(name, in)
	if set.Len() == 0 {
		s.Delete(key)
	} else {
		s.Set(key, set)
	}
}

// put makes b the meaning of its name.
func (s *Scope) put(b *Binding) {
	if old := s.names.At(b.Name); old != nil {
		b.place = old.place
		s.enter(old, false)
	} else {
		b.place = s.places
		s.places++
	}
	s.names.Set(b.Name, b)
	s.enter(b, true)
	s.stale.include(b.Name, s.outdated(b))
}

// enter puts a binding into the index, or takes it out.
func (s *Scope) enter(b *Binding, in bool) {
	for _, u := range b.Uses {
		s.users.include(u.Name, b.Name, in)
	}
	s.waiting.include(b.Name, in && b.Waits && b.Def != nil)
	s.families.include(b.Name, in && b.Kind == FamilyName)
	if b.Fn != nil && b.Known != nil {
		s.given.include(b.Fn, b.Name, in)
	}
	if b.Kind == Definition {
		if call := application(b.Expr); call != nil {
			s.calls.include(call, b.Name, in)
		}
	}
}

// outdated says that b was built from something whose name has another meaning since.
func (s *Scope) outdated(b *Binding) bool {
	return slices.ContainsFunc(b.Uses, func(u *Binding) bool {
		now := s.names.At(u.Name)
		return now != nil && now != u && !now.same(u) || s.stale.Has(u.Name)
	})
}

// spread finds what a new meaning of a name makes stale, or up to date again, and lists what became stale.
func (s *Scope) spread(name string) (fresh []string) {
	for rest := []string{name}; len(rest) > 0; {
		changed := rest[0]
		rest = rest[1:]
		for user := range s.users.At(changed).All() {
			stale := s.outdated(s.names.At(user))
			if stale == s.stale.Has(user) {
				continue
			}
			s.stale.include(user, stale)
			rest = append(rest, user)
			if stale {
				fresh = append(fresh, user)
			}
		}
	}
	return s.inOrder(fresh)
}

// Stale lists the definitions that keep an earlier meaning of some name.
func (s *Scope) Stale() (names []string) {
	for n := range s.stale.All() {
		names = append(names, n)
	}
	return s.inOrder(names)
}

// IsStale says that a definition keeps an earlier meaning of some name.
func (s *Scope) IsStale(name string) bool { return s.stale.Has(name) }

// Known are the functions that abstract ones stand for.
func (s *Scope) Known() map[*symbolic.Func]*symbolic.Func {
	out := map[*symbolic.Func]*symbolic.Func{}
	for f := range s.given.All() {
		out[f] = s.known(f)
	}
	return out
}

// known is the function that f stands for, or nil.
func (s *Scope) known(f *symbolic.Func) *symbolic.Func {
	list := s.bindingsOf(s.given.At(f))
	if len(list) == 0 {
		return nil
	}
	return list[len(list)-1].Known
}

// bindingsOf are the meanings of the names in a set, in the order in which the names were first bound.
func (s *Scope) bindingsOf(set nameSet) []*Binding {
	out := make([]*Binding, 0, set.Len())
	for n := range set.All() {
		out = append(out, s.names.At(n))
	}
	slices.SortFunc(out, byPlace)
	return out
}

func (s *Scope) inOrder(names []string) []string {
	slices.SortFunc(names, func(a, b string) int { return byPlace(s.names.At(a), s.names.At(b)) })
	return names
}

func byPlace(a, b *Binding) int { return cmp.Compare(a.place, b.place) }

// denotes is the name of a node.
func (s *Scope) denotes(e *symbolic.Expr) (n named, ok bool) {
	switch e.Op {
	case symbolic.Call:
		return s.ofCall(e)
	case symbolic.Var, symbolic.Let:
		if v := s.valueOf(e.Name); v.Expr == e {
			return named{e.Name, v.Row}, true
		}
	}
	return named{}, false
}

// valueOf is what the name of a variable, a definition or a member of a family stands for.
func (s *Scope) valueOf(name string) Value {
	if b := s.names.At(name); b != nil {
		return Value{Expr: b.Expr, Row: b.Row}
	}
	family, _, _ := strings.Cut(name, "[")
	if b := s.names.At(family); b != nil && b.Family != nil {
		return b.Family.called(name)
	}
	return Value{}
}

// ofCall is the name of a call that a definition, or a member of a family, stands for: f = sigmoid(z). Of several it is
// the one that was bound first.
func (s *Scope) ofCall(e *symbolic.Expr) (n named, ok bool) {
	var first *Binding
	consider := func(b *Binding, name string, row bool) {
		if first == nil || b.place < first.place {
			first, n, ok = b, named{name, row}, true
		}
	}
	for name := range s.calls.At(e).All() {
		b := s.names.At(name)
		consider(b, name, b.Row)
	}
	for name := range s.families.All() {
		b := s.names.At(name)
		if k, found := b.Family.calls[e]; found {
			consider(b, memberName(name, k), b.Family.members[k].Row)
		}
	}
	return n, ok
}
