package config

import (
	"net/url"
	"path/filepath"
	"strings"
)

// complete checks what holds between keys, and fills in what follows from others.
func (l *loader) complete() {
	l.completeTelegram()
	l.completeStore()
	l.completeHandoff()
	for _, section := range l.sections {
		for _, s := range section.settings {
			if v, ok := l.inFile[s.name()]; ok && s.secret() && l.open {
				l.warn(v.from, s.name(), masked, "others than its owner may read or write the file in which this stands; to end that: chmod 600, or put the secret into a file of its own as %s", s.key+fileSuffix)
			}
		}
	}
}

// given tells whether a key has a value that is not "", right or wrong.
func (l *loader) given(name string) bool {
	if l.wrong[name] {
		return true
	}
	if _, isSecret := l.found[name]; isSecret {
		return true
	}
	v, ok := l.inEnv[name]
	if !ok {
		v, ok = l.inFile[name]
	}
	return ok && v.value != ""
}

// from returns where a key stands, or its section, or nowhere.
func (l *loader) from(section, key string) origin {
	if at, ok := l.config.origins[section+"."+key]; ok {
		at.secret = ""
		return at
	}
	return l.seen[section]
}

func (l *loader) completeTelegram() {
	t := &l.config.Telegram
	t.APIURL = strings.TrimRight(t.APIURL, "/")
	if u, err := url.Parse(t.APIURL); err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		l.warn(l.from("telegram", "api_url"), "telegram.api_url", show(t.APIURL, l.secrets), "is not encrypted: the token and all messages can be read on the way; use https:// unless the network is your own")
	}
	if _, there := l.seen["telegram"]; !there || l.wrong["telegram.mode"] {
		return
	}
	if !t.Webhook() {
		for _, key := range []string{"webhook_url", "webhook_secret"} {
			if name := "telegram." + key; l.given(name) && !l.wrong[name] {
				l.warn(l.from("telegram", key), name, "", `is not used with mode = "polling"; write mode = "webhook", or take it out`)
			}
		}
		return
	}
	mode := l.from("telegram", "mode")
	if !l.given("telegram.webhook_url") {
		l.defect(mode, "telegram.webhook_url", "", `is missing; with mode = "webhook" give the address under which Telegram reaches this server, like "https://bot.example.org/telegram"`)
	}
	if !l.given("telegram.webhook_secret") {
		l.defect(mode, "telegram.webhook_secret", "", `is missing; with mode = "webhook" give 32 or more of A-Z, a-z, 0-9, _ and - at random, here or in webhook_secret_file`)
	}
	if !l.config.HTTP.On() && !l.wrong["http.listen"] {
		l.defect(l.from("http", "listen"), "http.listen", `""`, `switches off the server that telegram.mode = "webhook" needs; give it host:port, or write mode = "polling"`)
	}
}

func (l *loader) completeStore() {
	s := &l.config.Store
	if s.KeyFile == "" {
		s.KeyFile = s.Path + ".key"
	}
	if !l.wrong["store.path"] && !l.wrong["store.key_file"] && filepath.Clean(s.KeyFile) == filepath.Clean(s.Path) {
		l.defect(l.from("store", "key_file"), "store.key_file", show(s.KeyFile, l.secrets), "is the store itself; give the key a file of its own")
	}
}

func (l *loader) completeHandoff() {
	url, secret := l.given("handoff.webhook_url"), l.given("handoff.webhook_secret")
	if url && !secret {
		l.defect(l.from("handoff", "webhook_url"), "handoff.webhook_secret", "", "is missing; with webhook_url give 32 or more characters at random, here or in webhook_secret_file: the receiver knows by it that a message is from this bot")
	}
	if secret && !url && !l.wrong["handoff.webhook_secret"] {
		l.warn(l.from("handoff", "webhook_secret"), "handoff.webhook_secret", "", "does nothing without handoff.webhook_url; give that, or take it out")
	}
}
