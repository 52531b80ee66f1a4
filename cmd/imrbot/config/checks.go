package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checks are the functions that a field's tag can name. An error says in plain
// words what is wrong and what to do; of a secret it repeats nothing.
var checks = map[string]func(string) error{
	"name":                    checkName,
	"file":                    checkFile,
	"folder":                  checkFolder,
	"listen":                  checkListen,
	"api url":                 checkAPIURL,
	"safe url":                checkSafeURL,
	"telegram token":          checkTelegramToken,
	"telegram webhook secret": checkTelegramWebhookSecret,
	"signing secret":          checkSigningSecret,
}

// Limits, in characters.
const (
	maxOperator      = 80 // it stands in sentences on a small screen
	minSigningSecret = 16 // a shorter one can be guessed
	maxSigningSecret = 256
)

func checkName(text string) error {
	if n := utf8.RuneCountInString(text); n > maxOperator {
		return fmt.Errorf("has %d characters; at most %d fit into the sentences it stands in", n, maxOperator)
	}
	if strings.TrimSpace(text) != text {
		return errors.New("begins or ends with a space; take it away")
	}
	return nil
}

// checkFile is for a file that need not be there yet.
func checkFile(path string) error {
	if path == "" {
		return errors.New("is empty; give the name of a file")
	}
	if os.IsPathSeparator(path[len(path)-1]) {
		return errors.New("is a folder; give the name of a file in it")
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return errors.New("is a folder; give the name of a file in it")
	}
	return nil
}

func checkFolder(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil && filepath.IsAbs(path):
		return fmt.Errorf("this folder %w", plainError(err))
	case err != nil:
		return fmt.Errorf("this folder %w (it is looked for in the working directory of the program)", plainError(err))
	case !info.IsDir():
		return errors.New("is a file; give the name of a folder")
	}
	return nil
}

var hostForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)

func checkListen(text string) error {
	if text == "" {
		return nil // switched off
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return errors.New(`is not host:port; write it like "127.0.0.1:8080", or "" to switch the server off`)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return errors.New("has no port from 0 to 65535 after its last colon")
	}
	if _, err := netip.ParseAddr(host); host != "" && err != nil && !hostForm.MatchString(host) {
		return errors.New(`names no host before its last colon; write an address like "127.0.0.1", or "0.0.0.0" for all of this machine's`)
	}
	return nil
}

// checkURL is for an address of the web to which something is added or sent.
func checkURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, errors.New(`is not an address of the web; write it like "https://example.org/path"`)
	case u.User != nil:
		return nil, errors.New("holds a user name or a password before the @; take them out: they are not used and would be printed")
	case u.Fragment != "" || strings.HasSuffix(text, "#"):
		return nil, errors.New("holds a #, which is never sent; take it and what follows out")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, errors.New("has no port from 1 to 65535")
		}
	}
	return u, nil
}

func checkAPIURL(text string) error {
	u, err := checkURL(text)
	if err != nil {
		return err
	}
	if u.RawQuery != "" || u.ForceQuery {
		return errors.New("holds a ?; the method is added at its end, so take the ? and what follows out")
	}
	return nil
}

// checkSafeURL wants encryption: health details go there.
func checkSafeURL(text string) error {
	u, err := checkURL(text)
	if err != nil {
		return err
	}
	if u.Scheme != "https" && !loopback(u.Hostname()) {
		return errors.New("is not encrypted; write https:// (http:// is for this same machine only)")
	}
	return nil
}

// loopback tells whether a host is this machine itself.
func loopback(host string) bool {
	host = strings.ToLower(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

var (
	telegramToken  = regexp.MustCompile(`^\d+:[A-Za-z0-9_-]{10,}$`)
	telegramSecret = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`) // setWebhook allows no other
)

func checkTelegramToken(text string) error {
	if !telegramToken.MatchString(text) {
		return errors.New(`is not the token of a bot; it looks like "123456789:AAF…", digits, a colon, letters: copy it whole from @BotFather`)
	}
	return nil
}

func checkTelegramWebhookSecret(text string) error {
	if !telegramSecret.MatchString(text) {
		return errors.New("is not a secret that Telegram takes; write 1 to 256 of A-Z, a-z, 0-9, _ and -, best 32 or more at random")
	}
	return nil
}

func checkSigningSecret(text string) error {
	hidden := func(r rune) bool { return !unicode.IsPrint(r) }
	switch n := utf8.RuneCountInString(text); {
	case n < minSigningSecret:
		return fmt.Errorf("has %d characters, and fewer than %d can be guessed; write 32 or more at random", n, minSigningSecret)
	case n > maxSigningSecret:
		return fmt.Errorf("has %d characters, at most %d are allowed", n, maxSigningSecret)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, hidden) || strings.TrimSpace(text) != text:
		return errors.New("begins or ends with a space, or holds a character that cannot be seen or a line break; write it anew on one line")
	}
	return nil
}
