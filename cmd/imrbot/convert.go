package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"imrbot/faq"
)

// newConvertCommand returns the hidden "imrbot kb convert-clinc": it turns the
// public yardstick CLINC150 (Larson et al. 2019, CC BY 3.0) into a knowledge
// base and an evaluation set, to compare with published figures.
func newConvertCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "convert-clinc FILE DIR",
		Short:  "Turn CLINC150's data_full.json into a knowledge base and test.jsonl in DIR",
		Hidden: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return badInput(errors.New("kb convert-clinc: needs FILE and DIR"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := convertClinc(args[0], args[1])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d entries and test.jsonl written to %s\n", n, args[1])
			return err
		},
	}
}

// convertClinc writes the train split as entries, oos_train as near.en.txt and
// both test splits as test.jsonl. It returns the number of entries.
func convertClinc(file, dir string) (int, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, badInput(err)
	}
	var splits map[string][][2]string
	if err := json.Unmarshal(data, &splits); err != nil {
		return 0, badInput(fmt.Errorf("%s: %w", file, err))
	}
	if _, err := os.Stat(filepath.Join(dir, "entries")); !errors.Is(err, fs.ErrNotExist) {
		return 0, badInput(fmt.Errorf("%s: there already is a knowledge base", dir))
	}
	if err := os.MkdirAll(filepath.Join(dir, "entries"), 0o755); err != nil {
		return 0, err
	}
	byID := map[string][]string{}
	for _, x := range splits["train"] {
		id := strings.ReplaceAll(x[1], "_", "-")
		if !slices.Contains(byID[id], x[0]) {
			byID[id] = append(byID[id], x[0])
		}
	}
	for id, phrasings := range byID {
		if err := os.WriteFile(filepath.Join(dir, "entries", id+".en.md"), clincEntry(id, phrasings), 0o644); err != nil {
			return 0, err
		}
	}
	var near, test strings.Builder
	for _, x := range splits["oos_train"] {
		near.WriteString(x[0] + "\n")
	}
	enc := json.NewEncoder(&test)
	for _, x := range splits["test"] {
		if err := enc.Encode(faq.Question{Q: x[0], Lang: "en", IDs: []string{strings.ReplaceAll(x[1], "_", "-")}, Kind: faq.InScope}); err != nil {
			return 0, err
		}
	}
	for _, x := range splits["oos_test"] {
		if err := enc.Encode(faq.Question{Q: x[0], Lang: "en", Kind: faq.NearMiss}); err != nil {
			return 0, err
		}
	}
	for name, text := range map[string]string{"kb.toml": "languages = [\"en\"]\n", "near.en.txt": near.String(), "test.jsonl": test.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return 0, err
		}
	}
	return len(byID), nil
}

func clincEntry(id string, phrasings []string) []byte {
	var b strings.Builder
	title := strings.ReplaceAll(id, "-", " ")
	fmt.Fprintf(&b, "+++\ntitle = %s\nphrasings = [\n", strconv.Quote(title))
	for _, p := range phrasings {
		fmt.Fprintf(&b, "  %s,\n", strconv.Quote(p))
	}
	fmt.Fprintf(&b, "]\n+++\n\n%s\n", title)
	return []byte(b.String())
}
