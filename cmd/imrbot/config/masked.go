package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Masked returns the whole configuration as TOML: every key with the value that
// counts, secrets as "****", and as a comment where the value comes from. What
// is switched off by an absent section stands there commented out.
func (c *Config) Masked() string {
	read := *c // sectionsOf wants fields that it could set
	var secrets []string
	sections := sectionsOf(&read)
	for _, section := range sections {
		for _, s := range section.settings {
			if secret, ok := s.field.Interface().(Secret); ok && secret.IsSet() {
				secrets = append(secrets, secret.Reveal())
			}
		}
	}
	var b strings.Builder
	from := "the environment alone"
	if c.file != "" {
		from = strconv.Quote(c.file) + " and the environment"
	}
	fmt.Fprintf(&b, "# The configuration that counts, of %s, and where each value comes from.\n", from)
	for _, section := range sections {
		off := ""
		b.WriteByte('\n')
		if section.optional() && !c.has(section.name) {
			off = "#"
			fmt.Fprintf(&b, "# There is no section [%s], so that side is switched off.\n", section.name)
		}
		fmt.Fprintf(&b, "%s[%s]\n", off, section.name)
		for _, s := range section.settings {
			fmt.Fprintf(&b, "%s%-40s # %s\n", off, s.key+" = "+tomlValue(s.field, secrets), c.sourceOf(s))
		}
	}
	return b.String()
}

// has tells whether any key of a section was given.
func (c *Config) has(section string) bool {
	for name := range c.origins {
		if strings.HasPrefix(name, section+".") {
			return true
		}
	}
	return false
}

// sourceOf says where a setting's value comes from.
func (c *Config) sourceOf(s setting) string {
	at, given := c.origins[s.name()]
	switch {
	case !given && s.fallback == "" && s.secret():
		return "not set"
	case !given:
		return "default"
	}
	text, line := at.place()
	if line > 0 {
		text += ":" + strconv.Itoa(line)
	}
	if at.secret != "" {
		text = "the file " + at.secret + ", named in " + text
	}
	if !visible(text) {
		text = strconv.Quote(text)
	}
	return text
}

// tomlValue writes a field's value. What is in a Config is visible, so that
// strconv's quotes are those of TOML too.
func tomlValue(field reflect.Value, secrets []string) string {
	if field.Kind() == reflect.Bool {
		return strconv.FormatBool(field.Bool())
	}
	text := field.String()
	switch value := field.Addr().Interface().(type) {
	case *Secret:
		return strconv.Quote(value.String())
	case fromText:
		text = value.String()
	}
	return strconv.Quote(hide(text, secrets))
}
