package faq

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed testdata/dev.*.txt
var devFiles embed.FS

// DevSet returns the embedded development set for these languages: questions
// that were kept apart from every phrasing. No training reads it.
func DevSet(langs []string) ([]Question, error) {
	files, err := devFiles.ReadDir("testdata")
	if err != nil {
		return nil, fmt.Errorf("development set: %w", err)
	}
	var out []Question
	for _, file := range files {
		parts := strings.Split(file.Name(), ".") // dev.<lang>.txt
		if len(parts) != 3 || !slices.Contains(langs, parts[1]) {
			continue
		}
		f, err := devFiles.Open("testdata/" + file.Name())
		if err != nil {
			return nil, fmt.Errorf("development set: %w", err)
		}
		qs, err := ReadScript(file.Name(), f, parts[1])
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("development set: %w", err)
		}
		out = append(out, qs...)
	}
	return out, nil
}
