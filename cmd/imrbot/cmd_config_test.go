package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
)

// runConfig runs `imrbot config` with an environment of its own.
func runConfig(t *testing.T, env []string, args ...string) (out, notices string, err error) {
	t.Helper()
	cmd := configCommand(func() []string { return env })
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	var stdout, stderr bytes.Buffer
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	cmd.SetArgs(args)
	err = cmd.Execute()
	return stdout.String(), stderr.String(), err
}

func TestConfigCheckSaysWhatIsSwitchedOn(t *testing.T) {
	t.Chdir(t.TempDir())
	env := []string{"IMRBOT_TELEGRAM_TOKEN=123:abcdefghijklm"}
	out, notices, err := runConfig(t, env, "check")
	want := "the environment alone (there is no config.toml): in order\ntelegram  polling\nhttp      127.0.0.1:8080\nhandoff   off\nstore     data/imrbot.db\n"
	if err != nil || notices != "" || out != want {
		t.Errorf("%v, %q, %s", err, notices, out)
	}
	if err := os.WriteFile("config.toml", []byte("[http]\nlisten = \"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, err = runConfig(t, nil, "check")
	if want := "config.toml: in order\ntelegram  off\nhttp      off\n"; err != nil || !strings.HasPrefix(out, want) {
		t.Errorf("%v, %s", err, out)
	}
}

func TestABadConfigurationIsBadInputAndNamesEveryLine(t *testing.T) {
	path := file(t, "my.toml", "[log]\nlevel = \"loud\"\nfrmat = \"text\"\n")
	for _, sub := range []string{"check", "show"} {
		out, _, err := runConfig(t, nil, sub, "--config", path)
		var bad usageError
		if out != "" || !errors.As(err, &bad) {
			t.Fatalf("%s: %q, %v", sub, out, err)
		}
		for _, part := range []string{"\n" + path + ":2: log.level = \"loud\": ", "\n" + path + ":3: log.frmat: "} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q is not in %v", sub, part, err)
			}
		}
	}
}

func TestANamedConfigurationMustBeThere(t *testing.T) {
	t.Chdir(t.TempDir())
	var bad usageError
	if _, _, err := runConfig(t, nil, "check", "--config", "config.toml"); !errors.As(err, &bad) || !strings.Contains(err.Error(), "config.toml: the configuration is not there") {
		t.Errorf("%v", err)
	}
}

func TestConfigShowPrintsNoSecretAndItsWarningsApart(t *testing.T) {
	path := file(t, "my.toml", "[telegram]\ntoken = \"123:abcdefghijklm\"\n")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	out, notices, err := runConfig(t, nil, "show", "--config", path)
	if err != nil || strings.Contains(out+notices, "abcdefghijklm") {
		t.Errorf("%v\n%s%s", err, out, notices)
	}
	if !strings.Contains(out, "\ntoken = \"****\" ") || !strings.HasPrefix(notices, "imrbot: warning: "+path+":2: telegram.token = ****: others ") {
		t.Errorf("%s%s", out, notices)
	}
}
