package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// unknownInFile notes every section and key that nobody reads.
func (l *loader) unknownInFile(src source) {
	for _, name := range slices.Sorted(maps.Keys(src.sections)) {
		from := origin{file: l.file, line: src.lines[name]}
		section, known := l.section(name)
		table, isTable := src.sections[name].(map[string]any)
		switch {
		case !known && isTable:
			l.defect(from, "["+showName(name, l.secrets)+"]", "", "this section is unknown; %s", didYouMean("[%s]", name, l.sectionNames()))
		case !known:
			l.defect(from, showName(name, l.secrets), "", "this key stands in no section; %s", l.belongs(name))
		case !isTable:
			l.defect(from, name, "", "this is a section, not a value; write [%s] on a line of its own and the keys below it", name)
		default:
			for _, key := range slices.Sorted(maps.Keys(table)) {
				if slices.Contains(section.keys(), key) {
					continue
				}
				at := origin{file: l.file, line: src.lines[name+"."+key]}
				l.defect(at, name+"."+showName(key, l.secrets), "", "this key is unknown; %s", l.meant(section, key))
			}
		}
	}
}

// meant says which key of a section an unknown one may be, or where it belongs.
func (l *loader) meant(section sectionOf, key string) string {
	if nearest(key, section.keys()) == "" && l.homeOf(key) != "" {
		return l.belongs(key)
	}
	return didYouMean("%s", key, section.keys())
}

// homeOf returns the one section that has a key, "" when none or several have.
func (l *loader) homeOf(key string) string {
	home := ""
	for _, s := range l.sections {
		if slices.Contains(s.keys(), key) {
			if home != "" {
				return ""
			}
			home = s.name
		}
	}
	return home
}

func (l *loader) belongs(key string) string {
	if home := l.homeOf(key); home != "" {
		return fmt.Sprintf("it belongs below [%s]", home)
	}
	return "put it below the [section] to which it belongs, or take it out"
}

// didYouMean proposes the nearest name, else lists all that there are.
func didYouMean(form, name string, known []string) string {
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean "+form+"?", near)
	}
	for i, k := range known {
		known[i] = fmt.Sprintf(form, k)
	}
	return "take it out; there are " + strings.Join(known, ", ")
}

func (l *loader) section(name string) (sectionOf, bool) {
	for _, s := range l.sections {
		if s.name == name {
			return s, true
		}
	}
	return sectionOf{}, false
}

func (l *loader) sectionNames() []string {
	var names []string
	for _, s := range l.sections {
		names = append(names, s.name)
	}
	return names
}

// unknownInEnv notes every variable of a section that no key has. One of another
// name is warned of when it looks like a slip; it may also be none of ours.
func (l *loader) unknownInEnv(vars []string) {
	var all []string // without our prefix, which would make all names alike
	for _, section := range l.sections {
		for _, key := range section.keys() {
			all = append(all, strings.TrimPrefix(variable(section.name, key), envPrefix))
		}
	}
	for _, name := range vars {
		from := origin{env: showName(name, l.secrets)}
		owner, ours := l.ownerOf(name)
		if !ours {
			if near := nearest(strings.TrimPrefix(name, envPrefix), all); near != "" {
				l.warn(from, "", "", "this variable is not read; did you mean %s%s?", envPrefix, near)
			}
			continue
		}
		begin := variable(owner.name, "")
		var keys []string
		for _, key := range owner.keys() {
			keys = append(keys, strings.ToUpper(key))
		}
		l.defect(from, "", "", "this variable is unknown; %s", didYouMean(begin+"%s", strings.TrimPrefix(name, begin), keys))
	}
}

// ownerOf returns the section whose variables begin like name.
func (l *loader) ownerOf(name string) (sectionOf, bool) {
	for _, s := range l.sections {
		if strings.HasPrefix(name, variable(s.name, "")) {
			return s, true
		}
	}
	return sectionOf{}, false
}
