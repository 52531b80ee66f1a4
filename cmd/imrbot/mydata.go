package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"imrbot/bot"
	"imrbot/bot/export"
	"imrbot/dialog"
)

// myData is data.json: all that is stored of an enrollee, for whoever wants to
// read it with another program.
type myData struct {
	Version int         `json:"version"` // of this form
	Made    dialog.Date `json:"made_on"`
	Chat    bot.ChatKey `json:"chat"`
	// Turns counts the messages that were answered.
	Turns        uint64          `json:"turns"`
	Conversation myConversation  `json:"conversation"`
	Intakes      []dialog.Intake `json:"forms"`
	Tickets      []bot.Ticket    `json:"waits_for_a_person"`
	Waiting      []bot.Outgoing  `json:"messages_not_sent_yet"`
	Dead         []bot.Outgoing  `json:"messages_that_could_not_be_sent"`
	Quarantined  []myQuarantined `json:"messages_that_could_not_be_read"`
	Wake         *time.Time      `json:"next_reminder_not_before"`
	Letters      []*myLetter     `json:"letters"`
	Unreadable   int             `json:"parts_that_could_not_be_read"`
}

// myConversation is a dialog.State under names that tell a reader something. It
// has the same fields in the same order: when the state gets a new one this does
// not compile until the copy has it too.
type myConversation struct {
	Version     int                      `json:"version"`
	Lang        string                   `json:"language"`
	LangChosen  bool                     `json:"language_was_chosen"`
	Node        string                   `json:"open_question"`
	Answers     map[string]dialog.Answer `json:"answers"`
	Path        []string                 `json:"answered_in_this_order"`
	Shown       []string                 `json:"notes_shown"`
	Files       []dialog.File            `json:"letters"`
	Album       string                   `json:"last_album"`
	AlbumFull   bool                     `json:"last_album_was_too_large"`
	Editing     string                   `json:"answer_being_changed"`
	Pending     *dialog.Pending          `json:"small_question"`
	Guesses     map[string]string        `json:"read_from_your_story"`
	Calm        string                   `json:"message_read_as_a_crisis"`
	Unsure      string                   `json:"question_you_could_not_answer"`
	Also        string                   `json:"second_problem"`
	Misses      int                      `json:"replies_not_understood"`
	Verdict     *dialog.Verdict          `json:"verdict"`
	VerdictKey  string                   `json:"verdict_is_of"`
	VerdictDay  dialog.Date              `json:"verdict_made_on"`
	Told        string                   `json:"verdict_told"`
	ToldDay     dialog.Date              `json:"verdict_told_on"`
	Ref         string                   `json:"form_number"`
	Status      string                   `json:"form_status"`
	Filed       bool                     `json:"form_was_filed"`
	PapersDay   dialog.Date              `json:"papers_asked_for_on"`
	Parked      []dialog.Parked          `json:"drafts_put_aside"`
	Waiting     []dialog.OpenTicket      `json:"asked_for_a_person"`
	Done        []dialog.Done            `json:"earlier_forms"`
	Created     time.Time                `json:"form_begun_at"`
	Last        time.Time                `json:"last_heard_at"`
	LastDay     dialog.Date              `json:"last_heard_on"`
	NoReminders bool                     `json:"wants_no_reminders"`
	Reminded    map[string]dialog.Date   `json:"reminded_of"`
}

// myQuarantined is a message of the enrollee that could not be handled.
type myQuarantined struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
	Raw    string    `json:"as_it_came"`
}

// myLetter says where a letter is in the archive, or why it is not there.
type myLetter struct {
	dialog.File
	Path    string `json:"in_this_archive,omitempty"`
	Missing string `json:"missing,omitempty"` // letterLarge or letterLost
}

// Why a letter is not in the archive.
const (
	letterLarge = "too large"
	letterLost  = "could not be read"
)

// The limits of an archive's parts.
const (
	// spareRoom is kept of an archive for its list of letters and its text.
	spareRoom = 256 << 10
	// maxLetterName bounds the name of a letter in the archive, in characters.
	maxLetterName = 80
	// entryRoom is what an entry takes besides its bytes and, twice, its name.
	entryRoom = 256
)

// copyOf is one archive of somebody's data under way.
type copyOf struct {
	*documents
	chat    bot.ChatKey
	day     dialog.Date
	lang    string
	zip     *zip.Writer
	room    int // bytes that may still be added
	data    myData
	papers  []string
	large   []string // what there was no room for
	lost    []string // what could not be read
	wordErr error
}

// data makes the archive of all that is stored of the row's chat.
func (d *documents) data(ctx context.Context, row bot.Outgoing) (bot.DocumentFile, error) {
	all, err := d.store.Belongings(ctx, row.Chat)
	if err != nil {
		return bot.DocumentFile{}, fmt.Errorf("copy of one's data: %w", err)
	}
	var b bytes.Buffer
	c := &copyOf{documents: d, chat: row.Chat, day: d.today(d.now()), lang: all.Conversation.State.Lang, zip: zip.NewWriter(&b)}
	c.collect(all, row.Key)
	letters := spareRoom
	for _, l := range c.data.Letters {
		letters += int(l.Size)
	}
	b.Grow(max(0, min(letters, c.limit))) // a buffer that grows holds everything twice
	if err := c.write(ctx); err != nil {
		return bot.DocumentFile{}, fmt.Errorf("copy of one's data: %w", err)
	}
	file := bot.DocumentFile{Name: "my-data-" + c.day.String() + ".zip", Caption: c.word("data-caption"), Data: b.Bytes()}
	return file, c.wordErr
}

// collect puts what belongs to the chat into the form of data.json, but for the
// row that asks for it.
func (c *copyOf) collect(all bot.Belongings, asking bot.OutKey) {
	c.data = myData{
		Version: 1, Made: c.day, Chat: c.chat, Turns: all.Conversation.Turn,
		Conversation: myConversation(all.Conversation.State),
		Intakes:      append([]dialog.Intake{}, all.Intakes...), Tickets: append([]bot.Ticket{}, all.Tickets...),
		Waiting: []bot.Outgoing{}, Dead: append([]bot.Outgoing{}, all.Dead...),
		Quarantined: []myQuarantined{}, Letters: []*myLetter{}, Unreadable: all.Unreadable,
	}
	for _, row := range all.Waiting {
		if row.Key != asking {
			c.data.Waiting = append(c.data.Waiting, row)
		}
	}
	for _, q := range all.Quarantined {
		c.data.Quarantined = append(c.data.Quarantined, myQuarantined{q.At, q.Reason, string(q.Raw)})
	}
	if !all.Wake.IsZero() {
		c.data.Wake = &all.Wake
	}
	known := map[string]bool{}
	letters := func(list []dialog.File) {
		for _, f := range list {
			if !known[f.ID] {
				known[f.ID] = true
				c.data.Letters = append(c.data.Letters, &myLetter{File: f})
			}
		}
	}
	for _, in := range all.Intakes {
		letters(in.Files)
	}
	letters(all.Conversation.State.Files)
	for _, p := range all.Conversation.State.Parked {
		letters(p.Files)
	}
}

// write fills the archive: the papers first, then letters while there is room,
// then what tells of both.
func (c *copyOf) write(ctx context.Context) error {
	draft, err := json.Marshal(c.data)
	if err != nil {
		return err
	}
	c.room = c.limit - 2*len(draft) - spareRoom // twice, for it is indented
	if c.room < 0 {
		return fmt.Errorf("%d bytes of answers are more than a file may hold", len(draft))
	}
	for _, in := range c.data.Intakes {
		if err := c.addPaper(in); err != nil {
			return err
		}
	}
	for i, l := range c.data.Letters {
		if err := c.addLetter(ctx, i+1, l); err != nil {
			return err
		}
	}
	c.room += c.limit // what comes now has its room kept
	var raw bytes.Buffer
	if err := writeJSON(&raw, c.data); err != nil {
		return err
	}
	if _, err := c.add("data.json", raw.Bytes(), zip.Deflate); err != nil {
		return err
	}
	if _, err := c.add(c.word("data-file"), []byte(c.readMe()), zip.Deflate); err != nil {
		return err
	}
	return c.zip.Close()
}

// add puts an entry into the archive, unless it would grow too large by it.
func (c *copyOf) add(name string, data []byte, method uint16) (added bool, err error) {
	need := len(data) + len(data)/1000 + 2*len(name) + entryRoom
	if need > c.room {
		return false, nil
	}
	c.room -= need
	w, err := c.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: time.Date(c.day.Year, c.day.Month, c.day.Day, 0, 0, 0, 0, time.UTC)})
	if err == nil {
		_, err = w.Write(data)
	}
	return true, err
}

// addPaper adds the PDF of an intake, without the letters, which lie beside it.
func (c *copyOf) addPaper(in dialog.Intake) error {
	name := in.Ref + ".pdf"
	data, err := c.pdf(in, export.LettersApart, nil)
	if err != nil {
		c.lost = append(c.lost, name) // data.json has its answers all the same
		return nil
	}
	added, err := c.add(name, data, zip.Deflate)
	if !added {
		c.large = append(c.large, name)
	} else {
		c.papers = append(c.papers, name)
	}
	return err
}

// addLetter adds a letter as it came, or notes why it does not.
func (c *copyOf) addLetter(ctx context.Context, n int, l *myLetter) error {
	name := fmt.Sprintf("%s/%02d-%s", c.word("data-letters"), n, safeName(l.Name, l.Type))
	missing := func(why string, list *[]string) {
		l.Missing = why
		*list = append(*list, name)
	}
	if l.Size > int64(c.room) {
		missing(letterLarge, &c.large)
		return nil
	}
	data, err := c.store.File(ctx, c.chat, l.ID)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, bot.ErrNotFound) || errors.Is(err, bot.ErrDamaged) {
		missing(letterLost, &c.lost)
		return nil
	}
	if err != nil {
		return err
	}
	added, err := c.add(name, data, zip.Store)
	if !added {
		missing(letterLarge, &c.large)
	} else {
		l.Path = name
	}
	return err
}

// safeName makes the name that an enrollee gave a file one that every system can
// have on its disk.
func safeName(name, kind string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '-'
		}
		return r
	}, name)
	clean = strings.Trim(clean, " .-")
	ext := path.Ext(clean)
	if len(ext) < 2 || len(ext) > 6 {
		ext = extensions[kind]
	}
	stem := []rune(strings.TrimSuffix(clean, ext))
	if len(stem) == 0 {
		stem = []rune("file")
	}
	return string(stem[:min(len(stem), maxLetterName)]) + ext
}

// extensions are the ends of the names of what a letter may be.
var extensions = map[string]string{
	"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "image/heic": ".heic", "application/pdf": ".pdf",
}

// word is a sentence in the enrollee's language.
func (c *copyOf) word(id string, values ...string) string {
	text, err := export.Word(c.lang, id, values...)
	if err != nil && c.wordErr == nil {
		c.wordErr = err
	}
	return text
}

// readMe tells what is in the archive and what is not.
func (c *copyOf) readMe() string {
	var b strings.Builder
	line := func(text string) { b.WriteString(text + "\n") }
	list := func(head string, items []string) {
		if len(items) == 0 {
			return
		}
		line("\n" + head)
		for _, item := range items {
			line("- " + item)
		}
	}
	line(c.word("data-title", "day", c.interview.LongDate(c.lang, c.day)))
	line("\n" + c.word("data-intro"))
	in := []string{c.word("data-in-json")}
	for _, name := range c.papers {
		in = append(in, c.word("data-in-paper", "name", name))
	}
	given := 0
	for _, l := range c.data.Letters {
		if l.Path != "" {
			given++
		}
	}
	if given > 0 {
		in = append(in, c.word("data-in-letters", "count", strconv.Itoa(given)))
	}
	list(c.word("data-in"), in)
	list(c.word("data-not"), []string{c.word("data-not-copies"), c.word("data-not-chat"), c.word("data-not-department"), c.word("data-not-list")})
	list(c.word("data-left-out", "count", strconv.Itoa(c.limit>>20)), c.large)
	list(c.word("data-lost"), c.lost)
	if n := c.data.Unreadable; n > 0 {
		line("\n" + c.word("data-lost-more", "count", strconv.Itoa(n)))
	}
	if len(c.large)+len(c.lost)+c.data.Unreadable > 0 {
		line("\n" + c.word("data-ask"))
	}
	line("\n" + c.word("data-keep"))
	line(c.word("data-erase"))
	return b.String()
}
