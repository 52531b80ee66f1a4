package dialog

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAReminderThatCannotComeIsADefect(t *testing.T) {
	good := "id = \"in-time\"\ndate = \"object_by\"\ndays = [7, 1]"
	for name, c := range map[string]struct{ row, want string }{
		"a date of no verdict":       {strings.Replace(good, "object_by", "objct_by", 1), `date = "objct_by": the rules have no date of that name`},
		"a flag":                     {strings.Replace(good, "object_by", "overdue", 1), `date = "overdue": the rules have no date of that name`},
		"on the day itself":          {strings.Replace(good, "[7, 1]", "[7, 0]", 1), `days[1] = 0: a reminder comes 1 to 365 days before`},
		"on no day":                  {strings.Replace(good, "[7, 1]", "[]", 1), `0 days: a reminder comes on 1 to 10 of them`},
		"days that are no numbers":   {strings.Replace(good, "[7, 1]", `["seven"]`, 1), `days holds something else than whole numbers`},
		"a wake on two days":         {good + "\nwake = true", `take "days" and "careful" out`},
		"an id that is ours":         {strings.Replace(good, "in-time", "papers", 1), `id = "papers" is taken`},
		"an id twice":                {good + "\n[[reminder]]\n" + good, `id = "in-time" is taken`},
		"a key that is not of them":  {good + "\nday = 3", `day is unknown here`},
		"an id that is no name":      {strings.Replace(good, "in-time", "In Time", 1), `an id has small letters`},
		"a sentence that is missing": {strings.Replace(good, "in-time", "on-time", 1), `the sentence "remind.on-time-past" is missing`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(changed(t, change{iv, good, c.row}), Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
}

func TestTheMenuOfCommandsFitsAPlatform(t *testing.T) {
	name := regexp.MustCompile(`^[a-z0-9_]{1,32}$`) // what Telegram takes
	v := library(t)
	for _, lang := range v.Languages() {
		for _, c := range v.Commands(lang) {
			if n := utf8.RuneCountInString(c.Description); !name.MatchString(c.Name) || n == 0 || n > 60 {
				t.Errorf("%s: %+v has %d characters", lang, c, n)
			}
		}
	}
}
