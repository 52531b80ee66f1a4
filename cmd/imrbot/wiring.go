package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"imrbot/bot"
	"imrbot/bot/bolt"
	"imrbot/dialog"
	"imrbot/dialog/imr"
	"imrbot/faq"
)

// The names of files within a data folder.
const (
	storeFile  = "imrbot.db"
	readerFile = "reader.cache"
)

// openStore opens, or makes, the store of a data folder.
func openStore(data string, notice func(string)) (*bolt.Store, error) {
	return bolt.Open(filepath.Join(data, storeFile), bolt.Options{Notice: notice})
}

// interviewFS returns the files of the interview: those of a folder, or the ones
// that come with the program, and what to call them. Its error is the caller's
// input to mend.
func interviewFS(dir string) (fs.FS, string, error) {
	if dir == "" {
		return imr.FS, "dialog/imr", nil
	}
	if info, err := os.Stat(dir); err != nil {
		return nil, "", badInput(err)
	} else if !info.IsDir() {
		return nil, "", badInput(fmt.Errorf("%s is no folder", dir))
	}
	return os.DirFS(dir), dir, nil
}

// reader is the knowledge base as the bot wants it.
type reader struct{ faq *faq.Reader }

var _ bot.Reader = reader{}

// openReader trains the reader of the embedded knowledge base, or takes it from
// the cache in the data folder.
func openReader(data string) (reader, error) {
	base, err := loadKB("")
	if err != nil {
		return reader{}, err
	}
	r, err := faq.Open(base, filepath.Join(data, readerFile))
	if err != nil {
		return reader{}, err
	}
	return reader{r}, nil
}

// Read reads a message.
func (r reader) Read(text, lang string) dialog.Reading { return r.told(r.faq.Read(text, lang)) }

// Watch reads a message only for a crisis and the wish for a person.
func (r reader) Watch(text, lang string) dialog.Reading { return r.told(r.faq.Watch(text, lang)) }

// told puts a reading in the words of the engine.
func (r reader) told(read faq.Reading) dialog.Reading {
	out := dialog.Reading{Lang: read.Lang, LangSure: read.LangSure}
	switch read.Kind {
	case faq.KindAnswer:
		out.Kind = dialog.ReadAnswer
	case faq.KindSuggest:
		out.Kind = dialog.ReadSuggest
	case faq.KindCrisis:
		out.Kind = dialog.ReadCrisis
	case faq.KindHuman:
		out.Kind = dialog.ReadHuman
	default:
		if read.SmallTalk {
			out.Kind = dialog.ReadSmall
		}
	}
	for _, hit := range read.Hits[:min(len(read.Hits), dialog.MaxHits)] {
		title, answer, _ := r.faq.Entry(hit.ID, read.Lang)
		out.Hits = append(out.Hits, dialog.Hit{ID: hit.ID, Title: title, Score: hit.Score, Answer: answer})
	}
	return out
}

// Entry looks one entry up.
func (r reader) Entry(id, lang string) (dialog.Reading, bool) {
	title, answer, ok := r.faq.Entry(id, lang)
	if !ok {
		return dialog.Reading{}, false
	}
	return dialog.Reading{Kind: dialog.ReadAnswer, Lang: lang, Hits: []dialog.Hit{{ID: id, Title: title, Score: 1, Answer: answer}}}, true
}

func contains(list []string, item string) bool { return slices.Contains(list, item) }
