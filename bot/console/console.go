// Package console is the channel of one enrollee at a terminal, or of a script
// in a terminal's place. Each line typed is one message; "#2" presses the
// second of the newest buttons; "!file PATH" hands a file over.
package console

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"imrbot/bot"
	"imrbot/dialog"
)

// Chat is the one conversation of a terminal's store.
const Chat bot.ChatKey = "console:local"

// maxLine is the length of one typed line in bytes; what is over is cut off.
const maxLine = 64 << 10

// Files keeps what an enrollee hands over.
type Files interface {
	// PutFile stores the bytes for a chat and returns what names them.
	PutFile(ctx context.Context, chat bot.ChatKey, name string, data []byte) (dialog.File, error)
}

// Config is what a Console is made of. All but Lang are required; Document and
// Folder only where rows with a Document come.
type Config struct {
	Bot    *bot.Bot
	Store  bot.Store
	Outbox bot.Outbox
	Files  Files
	In     io.Reader
	// Screen shows what the bot says; Notices takes remarks about the
	// terminal itself, such as a button that is not there.
	Screen  Screen
	Notices io.Writer
	Lang    string
	Now     func() time.Time
	// Document makes the file of a row with a Document. It fails with
	// bot.ErrNotFound when what the file is of was erased.
	Document func(context.Context, bot.Outgoing) (bot.DocumentFile, error)
	// Folder is where such files are put.
	Folder string
	// Session makes the keys of this run's events differ from every other's.
	Session string
}

// Screen shows messages, and hears where a turn begins and ends.
type Screen interface {
	Show(dialog.Say) error
	// Prompt is called before a line is awaited, End after each turn.
	Prompt() error
	End() error
}

// Console runs one conversation, line by line.
type Console struct {
	Config
	buttons []dialog.Button // the newest
	node    string          // where they were offered
	count   int
}

// New returns a Console.
func New(cfg Config) *Console { return &Console{Config: cfg} }

// Run carries on the conversation until the input ends or ctx is done, and
// returns nil then: everything said is committed. It returns the first error of
// the store or the screen. Rows that an earlier run could not show come first.
func (c *Console) Run(ctx context.Context) error {
	if err := bot.Drain(ctx, c.Outbox, Chat, c); err != nil {
		return err
	}
	conv, err := c.Store.Load(ctx, Chat)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	first := bot.Inbound{Kind: bot.InResume}
	if conv.Turn == 0 {
		first.Kind = bot.InStart
	}
	if err := c.turn(ctx, first); err != nil {
		return err
	}
	lines := bufio.NewReaderSize(c.In, 4096)
	for ctx.Err() == nil {
		if err := c.Screen.Prompt(); err != nil {
			return fmt.Errorf("screen: %w", err)
		}
		line, err := readLine(lines)
		if err != nil && (!errors.Is(err, io.EOF) || line == "") {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("input: %w", err)
		}
		if err := c.line(ctx, line); err != nil {
			return err
		}
	}
	return nil
}

// readLine reads one line without its end, cut at maxLine bytes.
func readLine(r *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		part, more, err := r.ReadLine()
		if room := maxLine - b.Len(); room > 0 {
			b.Write(part[:min(len(part), room)])
		}
		if err != nil || !more {
			return b.String(), err
		}
	}
}

// line handles one typed line.
func (c *Console) line(ctx context.Context, line string) error {
	in := bot.Inbound{Kind: bot.InText, Text: line}
	switch word := strings.TrimSpace(line); {
	case strings.HasPrefix(word, "#"):
		n, err := strconv.Atoi(word[1:])
		if err != nil {
			break
		}
		if n < 1 || n > len(c.buttons) {
			fmt.Fprintf(c.Notices, "imrbot: there is no button %d; the newest message has %d\n", n, len(c.buttons))
			return c.end()
		}
		in = bot.Inbound{Kind: bot.InPress, Node: c.node, Value: c.buttons[n-1].Value}
	case strings.HasPrefix(word, "!file "):
		file, err := c.keep(ctx, strings.TrimSpace(strings.TrimPrefix(word, "!file ")))
		if err != nil {
			fmt.Fprintf(c.Notices, "imrbot: %v\n", err)
			return c.end()
		}
		in = bot.Inbound{Kind: bot.InFile, File: file}
	}
	return c.turn(ctx, in)
}

// keep stores the file at path.
func (c *Console) keep(ctx context.Context, path string) (dialog.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return dialog.File{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, bot.MaxFileBytes+1))
	if err != nil {
		return dialog.File{}, err
	}
	file, err := c.Files.PutFile(ctx, Chat, filepath.Base(path), data)
	if err != nil {
		return dialog.File{}, fmt.Errorf("%s: %w", path, err)
	}
	return file, nil
}

// turn has the bot handle an event and shows what it says.
func (c *Console) turn(ctx context.Context, in bot.Inbound) error {
	c.count++
	in.Chat, in.At, in.Lang = Chat, c.Now(), c.Lang
	in.Key = bot.InKey(fmt.Sprintf("console:%s:%d", c.Session, c.count))
	if _, err := c.Bot.Handle(ctx, in); err != nil {
		return err
	}
	if err := bot.Drain(ctx, c.Outbox, Chat, c); err != nil {
		return err
	}
	return c.end()
}

func (c *Console) end() error {
	if err := c.Screen.End(); err != nil {
		return fmt.Errorf("screen: %w", err)
	}
	return nil
}

// Send shows a row and remembers its buttons: the newest message that has any
// is the one that "#N" presses. A document becomes a file.
func (c *Console) Send(ctx context.Context, row bot.Outgoing) (bot.Outcome, error) {
	if row.Document != nil {
		return c.document(ctx, row)
	}
	if len(row.Say.Buttons) > 0 {
		c.buttons, c.node = row.Say.Buttons, row.Say.Node
	}
	return bot.Outcome{}, c.Screen.Show(row.Say)
}
