package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Load reads the file at path and the variables of env, which have the form of
// os.Environ; of a variable given twice the last counts. With the path "" only
// env is read. The error is always of the type [Defects] and holds every defect
// at once, but for a file that is not TOML: then only that is told. Warnings come
// with and without an error. Nothing is written, and nothing returned prints a
// secret.
func Load(path string, env []string) (*Config, []Warning, error) {
	c := &Config{file: path, origins: map[string]origin{}}
	l := &loader{
		config:   c,
		file:     path,
		sections: sectionsOf(c),
		inFile:   map[string]given{},
		inEnv:    map[string]given{},
		seen:     map[string]origin{},
		wrong:    map[string]bool{},
	}
	src, ok := l.readFile()
	if !ok {
		return nil, nil, l.defects.err()
	}
	l.takeFile(src)
	vars := l.takeEnv(env)
	l.findSecrets()
	l.unknownInFile(src)
	l.unknownInEnv(vars)
	for _, section := range l.sections {
		for _, s := range section.settings {
			l.set(section, s)
		}
	}
	l.complete()
	if err := l.defects.err(); err != nil {
		return nil, l.warnings, err
	}
	return c, l.warnings, nil
}

// loader is one run of Load.
type loader struct {
	config   *Config
	file     string
	open     bool // others may read the file
	sections []sectionOf
	inFile   map[string]given  // by "section.key", known keys only
	inEnv    map[string]given  // the same
	seen     map[string]origin // where a section was first given, by its name
	found    map[string]secretFound
	secrets  []string        // everything that must not be printed
	wrong    map[string]bool // "section.key" that have a defect
	defects  Defects
	warnings []Warning
}

// defect notes what is wrong with a key; value is "" or in its printed form.
func (l *loader) defect(from origin, key, value, format string, args ...any) {
	place, line := from.place()
	l.wrong[key] = true
	l.defects = append(l.defects, Defect{Place: place, Line: line, Key: key, Value: value, Text: fmt.Sprintf(format, args...)})
}

func (l *loader) warn(from origin, key, value, format string, args ...any) {
	place, line := from.place()
	l.warnings = append(l.warnings, Warning{Place: place, Line: line, Key: key, Value: value, Text: fmt.Sprintf(format, args...)})
}

// readFile reads and parses the file; false when there is nothing to go on with.
func (l *loader) readFile() (source, bool) {
	if l.file == "" {
		return source{}, true
	}
	text, open, err := readLimited(l.file, maxFile)
	if err != nil {
		l.defect(origin{file: l.file}, "", "", "the configuration %v", err)
		return source{}, false
	}
	src, bad := parseFile(text)
	if bad != nil {
		bad.Place = l.file
		l.defects = append(l.defects, *bad)
		return source{}, false
	}
	l.open = open
	return src, true
}

// takeFile takes the values of all known keys from the file.
func (l *loader) takeFile(src source) {
	for _, section := range l.sections {
		table, ok := src.sections[section.name].(map[string]any)
		if !ok {
			continue
		}
		l.seen[section.name] = origin{file: l.file, line: src.lines[section.name]}
		for _, key := range section.keys() {
			if value, ok := table[key]; ok {
				name := section.name + "." + key
				l.inFile[name] = given{value, origin{file: l.file, line: src.lines[name]}}
			}
		}
	}
}

// takeEnv takes the values of all known keys from the environment. It returns
// the names of our variables that are left.
func (l *loader) takeEnv(env []string) []string {
	vars := map[string]string{}
	for _, pair := range env {
		if name, value, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(name, envPrefix) {
			vars[name] = value
		}
	}
	for _, section := range l.sections {
		for _, key := range section.keys() {
			name := variable(section.name, key)
			value, ok := vars[name]
			if !ok {
				continue
			}
			delete(vars, name)
			from := origin{env: name}
			l.inEnv[section.name+"."+key] = given{value, from}
			if _, known := l.seen[section.name]; !known {
				l.seen[section.name] = from
			}
		}
	}
	return slices.Sorted(maps.Keys(vars))
}

// secretFound is a secret that was looked for where its keys say.
type secretFound struct {
	given
	key  string // the key that gave it: the secret's own or its key_file
	both bool   // both keys were given at once
	err  error  // why its file could not be used
	open bool   // others may read its file
	path string // of its file
}

// findSecrets looks up every secret before anything is printed.
func (l *loader) findSecrets() {
	l.found = map[string]secretFound{}
	for _, section := range l.sections {
		for _, s := range section.settings {
			if !s.secret() {
				continue
			}
			for _, level := range []map[string]given{l.inEnv, l.inFile} {
				if text, ok := level[s.name()].value.(string); ok {
					l.secrets = append(l.secrets, text)
				}
			}
			if f, ok := l.findSecret(s); ok {
				l.found[s.name()] = f
			}
		}
	}
}

// findSecret looks one secret up: in the environment, then in the file. What is
// given in the environment wins over both keys of the file.
func (l *loader) findSecret(s setting) (secretFound, bool) {
	for _, level := range []map[string]given{l.inEnv, l.inFile} {
		value, ok := level[s.name()]
		name, named := level[s.name()+fileSuffix]
		switch {
		case ok:
			return secretFound{given: value, key: s.key, both: named}, true
		case named:
			f := secretFound{given: name, key: s.key + fileSuffix}
			f.read(filepath.Dir(l.file))
			if text, ok := f.value.(string); ok && f.err == nil && f.path != "" {
				l.secrets = append(l.secrets, text)
			}
			return f, true
		}
	}
	return secretFound{}, false
}

// read puts the content of the file in the place of its name.
func (f *secretFound) read(folder string) {
	name, ok := f.value.(string)
	if !ok || name == "" {
		return // told as a wrong type or an empty name
	}
	f.path = name
	if f.from.env == "" && !filepath.IsAbs(name) {
		f.path = filepath.Join(folder, name)
	}
	data, open, err := readLimited(f.path, maxSecret)
	text := strings.TrimRight(string(data), "\r\n")
	if err == nil && text == "" {
		err = fmt.Errorf("is empty; write the secret into it")
	}
	if err != nil {
		f.err = err
		return
	}
	f.value, f.open, f.from.secret = text, open, f.path
}
