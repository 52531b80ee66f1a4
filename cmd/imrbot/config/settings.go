package config

import (
	"reflect"
	"strings"
)

// setting is one key: what its field's tags say, and the field to be filled.
type setting struct {
	section, key string
	fallback     string // the default, in the form of the environment
	required     bool
	oneOf        []string
	check        string
	field        reflect.Value
}

// fileSuffix makes the key of a secret the key of the file that holds it.
const fileSuffix = "_file"

// envPrefix begins every variable of ours.
const envPrefix = "IMRBOT_"

func (s setting) name() string   { return s.section + "." + s.key }
func (s setting) secret() bool   { return s.field.Type() == reflect.TypeFor[Secret]() }
func (s setting) isSwitch() bool { return s.field.Kind() == reflect.Bool }

// wants says in which form the file gives the value.
func (s setting) wants() string {
	if s.isSwitch() {
		return "true or false, without quotes"
	}
	return `a text in quotes, like ` + s.key + ` = "…"`
}

// sectionOf is one section with its settings, in the order of the struct.
type sectionOf struct {
	name     string
	settings []setting
}

// optional tells whether a section is switched off by leaving it out.
func (s sectionOf) optional() bool {
	for _, k := range s.settings {
		if k.required {
			return true
		}
	}
	return false
}

// keys returns every key that can be given, each secret's key_file too.
func (s sectionOf) keys() []string {
	var keys []string
	for _, k := range s.settings {
		keys = append(keys, k.key)
		if k.secret() {
			keys = append(keys, k.key+fileSuffix)
		}
	}
	return keys
}

// sectionsOf reads the tags of a Config.
func sectionsOf(c *Config) []sectionOf {
	var sections []sectionOf
	root := reflect.ValueOf(c).Elem()
	for i := range root.NumField() {
		name := root.Type().Field(i).Tag.Get("key")
		if name == "" {
			continue // not a section
		}
		section := sectionOf{name: name}
		fields := root.Field(i)
		for j := range fields.NumField() {
			tag := fields.Type().Field(j).Tag
			section.settings = append(section.settings, setting{
				section:  name,
				key:      tag.Get("key"),
				fallback: tag.Get("default"),
				required: tag.Get("required") == "yes",
				oneOf:    strings.Fields(tag.Get("oneof")),
				check:    tag.Get("check"),
				field:    fields.Field(j),
			})
		}
		sections = append(sections, section)
	}
	return sections
}

// variable returns the environment variable of a key.
func variable(section, key string) string {
	return envPrefix + strings.ToUpper(section+"_"+key)
}
