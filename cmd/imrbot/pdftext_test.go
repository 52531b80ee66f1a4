package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"imrbot/cmd/imrbot/config"
)

// pdfText returns the text of a PDF, "" where the program pdftotext is missing.
func pdfText(t *testing.T, data []byte) string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Log("pdftotext is missing: the text of the paper is not read")
		return ""
	}
	cmd := exec.CommandContext(t.Context(), "pdftotext", "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil || len(out) == 0 {
		t.Fatalf("pdftotext: %d bytes, %v", len(out), err)
	}
	return string(out)
}

var pageCount = regexp.MustCompile(`/Type /Pages[^>]*/Count (\d+)`)

// pdfPages reads the number of pages in a PDF's clear parts, 0 when it is not told.
func pdfPages(data []byte) int {
	m := pageCount.FindSubmatch(bytes.ReplaceAll(data, []byte("\n"), []byte(" ")))
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}

// noisyPNG is a picture that no compression makes small.
func noisyPNG(t *testing.T, edge int) []byte {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	img := image.NewGray(image.Rect(0, 0, edge, edge))
	for i := range edge * edge {
		img.SetGray(i%edge, i/edge, color.Gray{Y: uint8(rng.Uint32())})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// mustConfig is a configuration of default values.
func mustConfig(t testing.TB) *config.Config {
	t.Helper()
	cfg, _, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}
