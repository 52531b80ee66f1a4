package kb

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// settingsFile is the file of the settings.
const settingsFile = "kb.toml"

// Load reads a knowledge base from a folder: entries/<id>.<lang>.md, the list
// files near, crisis, human and smalltalk as <list>.<lang>.txt, concepts.txt, and kb.toml.
// Everything but the entries may be missing. The name of the folder is put
// before the names of files in messages; it may be empty.
//
// The error is [Defects] with everything that keeps a file from being read.
// Whether what was read makes sense is the business of [Base.Check].
func Load(fsys fs.FS, name string) (*Base, error) {
	l := loader{fsys: fsys, name: name, base: &Base{
		Entries: map[string][]Entry{}, Near: map[string][]string{}, Crisis: map[string][]string{},
		Human: map[string][]string{}, SmallTalk: map[string][]string{}, spots: map[string][]spot{},
	}}
	top, err := fs.ReadDir(fsys, ".")
	if err != nil {
		l.ds.add(name, 0, "the folder cannot be read: %v", err)
		return nil, l.ds
	}
	if src, ok := l.read(settingsFile, true); ok {
		l.base.Languages, l.base.Settings = parseSettings(l.path(settingsFile), src, &l.ds)
	}
	l.entries()
	l.lists(top)
	if len(l.ds) > 0 {
		return nil, l.ds.sorted()
	}
	return l.base, nil
}

// loader is one run of Load.
type loader struct {
	fsys fs.FS
	name string
	base *Base
	ds   Defects
}

// path returns a file's name as messages tell it.
func (l *loader) path(file string) string { return path.Join(l.name, file) }

// read returns a file's bytes, one more than maxFile at most. A file that may be
// missing is no defect.
func (l *loader) read(file string, mayMiss bool) ([]byte, bool) {
	f, err := l.fsys.Open(file)
	if err == nil {
		defer f.Close()
		var src []byte
		if src, err = io.ReadAll(io.LimitReader(f, maxFile+1)); err == nil {
			if len(src) > maxFile {
				l.ds.add(l.path(file), 0, "the file has more than %d bytes, the most a file may have: split it or shorten it", maxFile)
				return nil, false
			}
			return src, true
		}
	}
	if !mayMiss || !errors.Is(err, fs.ErrNotExist) {
		l.ds.add(l.path(file), 0, "the file cannot be read: %v", err)
	}
	return nil, false
}

// ignored tells the files that editors and systems leave behind.
func ignored(name string) bool { return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") }

// entries reads the folder of the entries and, where kb.toml names none, derives
// the languages from them.
func (l *loader) entries() {
	const dir = "entries"
	files, err := fs.ReadDir(l.fsys, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.ds.add(l.path(dir), 0, "there is no such folder: a knowledge base needs at least one entry in it, like %s/lost-job.en.md", dir)
		return
	case err != nil:
		l.ds.add(l.path(dir), 0, "the folder cannot be read: %v", err)
		return
	case len(files) > maxEntries:
		l.ds.add(l.path(dir), 0, "there are %d files; %d is the most", len(files), maxEntries)
		return
	}
	before := len(l.ds)
	found := map[string][]Entry{}
	for _, f := range files {
		if ignored(f.Name()) {
			continue
		}
		file := path.Join(dir, f.Name())
		if f.IsDir() {
			l.ds.add(l.path(file), 0, "a folder does not belong here: only files <id>.<language>.md do")
			continue
		}
		src, ok := l.read(file, false)
		if !ok {
			continue
		}
		if e := parseEntry(l.path(file), src, &l.ds); e.Lang != "" {
			found[e.Lang] = append(found[e.Lang], e)
		}
	}
	if len(found) == 0 && len(l.ds) == before {
		l.ds.add(l.path(dir), 0, "there is no entry: a knowledge base needs at least one, like %s/lost-job.en.md", dir)
	}
	l.adopt(found)
}

// adopt takes over the entries of the known languages.
func (l *loader) adopt(found map[string][]Entry) {
	named := len(l.base.Languages) > 0
	for lang, es := range found {
		if named && !slices.Contains(l.base.Languages, lang) {
			for _, e := range es {
				l.ds.add(e.File, 0, "the language %q is not among the languages of %s: add it there or rename the file", lang, settingsFile)
			}
			continue
		}
		slices.SortFunc(es, func(a, b Entry) int { return strings.Compare(a.ID, b.ID) })
		l.base.Entries[lang] = es
		if !named {
			l.base.Languages = append(l.base.Languages, lang)
		}
	}
	if !named {
		slices.Sort(l.base.Languages)
	}
}

// lists reads the list files and the sets of words among the files of the folder.
// A text file with any other name is reported: a misspelt crisis list that is
// passed over in silence could cost a life.
func (l *loader) lists(files []fs.DirEntry) {
	for _, f := range files {
		stem, isText := strings.CutSuffix(f.Name(), ".txt")
		if ignored(f.Name()) || f.IsDir() {
			continue
		}
		if strings.HasSuffix(f.Name(), ".toml") && f.Name() != settingsFile {
			l.ds.add(l.path(f.Name()), 0, "this file is never read: the settings stand in %s", settingsFile)
		}
		if !isText {
			continue
		}
		if f.Name() == conceptsFile {
			l.concepts()
			continue
		}
		name, lang, _ := strings.Cut(stem, ".")
		i := slices.IndexFunc(listNames[:], func(k listKind) bool { return k.name == name })
		switch {
		case i < 0:
			l.ds.add(l.path(f.Name()), 0, "this file is never read: the lists are near, crisis, human and smalltalk, named like crisis.en.txt, and the sets of words stand in %s", conceptsFile)
		case !slices.Contains(l.base.Languages, lang):
			l.ds.add(l.path(f.Name()), 0, "the language %q is not among the languages of this knowledge base (%s): rename the file or add the language to %s",
				lang, strings.Join(l.base.Languages, ", "), settingsFile)
		default:
			l.list(listNames[i], lang, f.Name())
		}
	}
}

// list reads one list file.
func (l *loader) list(k listKind, lang, file string) {
	out, spots, ok := l.lines(file, "phrasing")
	if !ok || len(out) == 0 {
		return
	}
	k.of(l.base)[lang] = out
	l.base.spots[fmt.Sprintf("%s.%s", k.name, lang)] = spots
}

// lines reads a file of one text a line, with the place of each: blank lines and
// lines that begin with # are passed over. what is what messages call a text.
func (l *loader) lines(file, what string) (out []string, spots []spot, ok bool) {
	src, ok := l.read(file, false)
	if !ok {
		return nil, nil, false
	}
	text, ok := cleanText(l.path(file), src, &l.ds)
	if !ok {
		return nil, nil, false
	}
	r := tomlReader{file: l.path(file), ds: &l.ds}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if len(out) == maxList {
			l.ds.add(l.path(file), i+1, "there are more than %d lines, the most a list may have: shorten it", maxList)
			return nil, nil, false
		}
		r.oneLine(line, i+1, what, maxPhrasing)
		out, spots = append(out, line), append(spots, spot{l.path(file), i + 1})
	}
	return out, spots, true
}
