package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"imrbot/faq"
)

// maxBatchLine is the longest line of a batch file.
const maxBatchLine = 1 << 20

// askOptions are the flags of ask.
type askOptions struct {
	json  bool
	lang  string
	kb    string
	batch string
}

// newAskCommand returns "imrbot ask": how the knowledge base reads a question.
func newAskCommand() *cobra.Command {
	var o askOptions
	cmd := &cobra.Command{
		Use:   "ask [--json] [--lang en|es] [--kb DIR] TEXT… | ask --json --batch FILE",
		Short: "Ask the knowledge base one question, or a file of them",
		Long: "Reads a question the way the bot does and shows what it would tell: an answer,\n" +
			"up to three suggestions, or nothing. A batch file holds one JSON object a line,\n" +
			`{"q":"…","lang":"en"}, lang may be missing; each gives one line of output, in order.`,
		Example: "  imrbot ask how long does a review take\n  imrbot ask --json --lang es '¿cuánto tarda?'",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case o.batch != "" && len(args) > 0:
				return badInput(errors.New("ask: give either a text or --batch FILE"))
			case o.batch != "" && !o.json:
				return badInput(errors.New("ask: --batch needs --json"))
			case o.batch == "" && len(args) == 0:
				return badInput(errors.New(`ask: a text is missing, as in: imrbot ask "how long does a review take"`))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runAsk(cmd.OutOrStdout(), o, args)
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "one JSON object a question")
	cmd.Flags().StringVar(&o.lang, "lang", "", "language of the asker: en or es (default: told from the text)")
	cmd.Flags().StringVar(&o.kb, "kb", "", "folder of another knowledge base, in place of the built-in one")
	cmd.Flags().StringVar(&o.batch, "batch", "", "file of questions, one JSON object a line")
	return cmd
}

func runAsk(out io.Writer, o askOptions, args []string) error {
	base, err := loadKB(o.kb)
	if err != nil {
		return err
	}
	if o.lang != "" && !slices.Contains(base.Languages, o.lang) {
		return badInput(fmt.Errorf("--lang: %q is none of the knowledge base's languages: %s", o.lang, strings.Join(base.Languages, ", ")))
	}
	var questions []batchQuestion
	if o.batch != "" {
		// The whole file is read before anything is written: a bad line stops it all.
		if questions, err = readBatch(o.batch, base.Languages); err != nil {
			return badInput(err)
		}
	}
	r, err := faq.Open(base, askCache(base.Fingerprint()))
	if err != nil {
		return badInput(fmt.Errorf("knowledge base: %w", err))
	}
	if o.batch == "" {
		return writeReading(out, r.Read(strings.Join(args, " "), o.lang), o.json)
	}
	buf := bufio.NewWriter(out)
	for _, q := range questions {
		lang := q.Lang
		if lang == "" {
			lang = o.lang
		}
		if err := writeReading(buf, r.Read(q.Q, lang), true); err != nil {
			return err
		}
	}
	return buf.Flush()
}

// askCache is the file in the user's cache folder where what was learned of a
// knowledge base is kept between runs; "" where there is no such folder.
func askCache(fingerprint string) string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "imrbot", "reader-"+fingerprint[:min(len(fingerprint), 16)]+".cache")
}

// batchQuestion is one line of a batch file.
type batchQuestion struct {
	Q    string
	Lang string
}

// readBatch reads a batch file whole. The error begins with FILE:LINE.
func readBatch(file string, langs []string) ([]batchQuestion, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(make([]byte, 64<<10), maxBatchLine)
	var out []batchQuestion
	n := 0
	for sc.Scan() {
		n++
		line := bytes.TrimSpace(bytes.TrimPrefix(sc.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		q, err := parseBatchLine(line, langs)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
		out = append(out, q)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", file, n+1, err)
	}
	return out, nil
}

func parseBatchLine(line []byte, langs []string) (batchQuestion, error) {
	var raw struct {
		Q    *string `json:"q"`
		Lang *string `json:"lang"`
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&raw); err != nil {
		return batchQuestion{}, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return batchQuestion{}, errors.New("more than one JSON value on the line")
	}
	if raw.Q == nil {
		return batchQuestion{}, errors.New(`"q" is missing`)
	}
	q := batchQuestion{Q: *raw.Q}
	if raw.Lang != nil && *raw.Lang != "" {
		q.Lang = *raw.Lang
		if !slices.Contains(langs, q.Lang) {
			return q, fmt.Errorf("lang: %q is none of %s", q.Lang, strings.Join(langs, ", "))
		}
	}
	return q, nil
}

// askedEntry and asked are the JSON of one reading.
type askedEntry struct {
	ID    string  `json:"id"`
	Title string  `json:"title"`
	Score float64 `json:"score"`
}

type asked struct {
	Kind    faq.Kind     `json:"kind"`
	Lang    string       `json:"lang"`
	Entries []askedEntry `json:"entries"`
	Answer  string       `json:"answer"`
}

// writeReading writes a reading, as one line of JSON or for people.
func writeReading(out io.Writer, r faq.Reading, asJSON bool) error {
	if !asJSON {
		_, err := io.WriteString(out, readingText(r))
		return err
	}
	a := asked{Kind: r.Kind, Lang: r.Lang, Entries: []askedEntry{}, Answer: r.Answer}
	for _, h := range r.Hits {
		a.Entries = append(a.Entries, askedEntry{h.ID, h.Title, h.Score})
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return enc.Encode(a)
}

// readingText is a reading for a terminal.
func readingText(r faq.Reading) string {
	var b strings.Builder
	switch r.Kind {
	case faq.KindAnswer:
		fmt.Fprintf(&b, "%s\n\n%s\n\n(%s, %.0f%% sure)\n", r.Hits[0].Title, r.Answer, r.Hits[0].ID, 100*r.Hits[0].Score)
	case faq.KindSuggest:
		b.WriteString("One of these?\n")
		for i, h := range r.Hits {
			fmt.Fprintf(&b, "%d. %s (%s, %.0f%%)\n", i+1, h.Title, h.ID, 100*h.Score)
		}
	case faq.KindCrisis:
		b.WriteString("This reads like danger right now. The bot interrupts everything and tells where to get help at once.\n")
	case faq.KindHuman:
		b.WriteString("This asks for a person.\n")
	default:
		if r.SmallTalk {
			b.WriteString("A greeting or thanks; there is no question in it.\n")
		} else {
			b.WriteString("Nothing in the knowledge base answers this.\n")
		}
	}
	return b.String()
}
