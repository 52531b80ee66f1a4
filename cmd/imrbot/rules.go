package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"imrbot/dialog"
	"imrbot/dialog/imr"
)

// newRulesCommand returns `imrbot rules`: the decision table, to be checked by
// people who know the law.
func newRulesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:          "rules [--json]",
		Short:        "Print the decision table with its sources",
		SilenceUsage: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return badInput(errors.New("rules: takes no arguments"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			rules, err := imr.Rules()
			if err != nil {
				return fmt.Errorf("rules: %w", err)
			}
			write := writeRules
			if asJSON {
				write = writeRulesJSON
			}
			if err := write(cmd.OutOrStdout(), rules); err != nil {
				return fmt.Errorf("rules: write: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the table as JSON")
	return cmd
}

// oneLine undoes the line breaks of a long expression.
func oneLine(expression fmt.Stringer) string {
	return strings.Join(strings.Fields(expression.String()), " ")
}

// writeRules writes the whole table as plain text.
func writeRules(out io.Writer, r *dialog.Rules) error {
	var p textPage
	phones := map[string]string{}
	for _, c := range r.Contacts() {
		phones[c.ID] = c.Phone + "  " + c.Name
	}
	p.heading("RULES, in order: the first one that holds decides")
	for i, rule := range r.Table() {
		outcome := rule.Outcome
		if rule.Then != "" {
			outcome += ", then " + rule.Then
		}
		p.heading(fmt.Sprintf("%2d. %s → %s", i+1, rule.ID, outcome))
		p.row(4, "when", oneLine(rule.When))
		var calls []string
		for _, id := range rule.Contacts {
			calls = append(calls, phones[id])
		}
		p.rows(4, "call", calls)
		p.rows(4, "source", sourceTexts(rule.Sources))
		p.note(rule.Note)
	}
	p.heading("ON EVERY OUTCOME, in order")
	for _, o := range r.Overlays() {
		p.heading(fmt.Sprintf("    %s (%s)", o.Key, o.Type))
		p.row(4, "is", strings.Join(strings.Fields(o.Is()), " "))
		p.rows(4, "source", sourceTexts(o.Sources))
		p.note(o.Note)
	}
	p.heading("ADDED CONTACTS")
	for _, a := range r.AddedContacts() {
		p.heading("    " + phones[a.Contact])
		p.row(4, "when", oneLine(a.When))
		p.row(4, "place", placeOf(a))
		p.rows(4, "source", sourceTexts(a.Sources))
		p.note(a.Note)
	}
	writeWords(&p, r)
	return p.writeTo(out)
}

// writeWords writes what the words of the table mean.
func writeWords(p *textPage, r *dialog.Rules) {
	p.heading("NAMED CONDITIONS")
	for _, d := range r.Defines() {
		p.heading("    " + d.Name)
		p.row(4, "is", d.Is)
		p.note(d.Note)
	}
	p.heading("FACTS")
	for _, f := range r.Facts() {
		p.heading(fmt.Sprintf("    %s (%s)", f.Key, f.Type))
		if len(f.Values) > 0 {
			p.row(4, "values", strings.Join(f.Values, ", "))
		}
		p.row(4, "given", givenWhen(f))
		p.note(f.Note)
	}
	p.heading("CONTACTS")
	for _, c := range r.Contacts() {
		p.heading(fmt.Sprintf("    %s: %s, %s", c.ID, c.Name, c.Phone))
		p.rows(4, "source", sourceTexts(c.Sources))
		p.note(c.Note)
	}
	p.heading("OUTCOMES")
	for _, o := range r.Outcomes() {
		p.row(4, o.ID, o.Means)
	}
	p.heading("MARKS")
	for _, m := range r.Marks() {
		p.row(4, "["+m.ID+"]", m.Means)
	}
}

func (p *textPage) note(text string) {
	if text != "" {
		p.row(4, "note", text)
	}
}

func placeOf(a dialog.AddContactDecl) string {
	if a.First {
		return "first"
	}
	return "last"
}

// givenWhen says in words when a fact may be given.
func givenWhen(f dialog.FactDecl) string {
	text := "always"
	if f.When != nil {
		text = "when " + oneLine(f.When)
	}
	if f.Required {
		text += "; required"
	}
	if f.Past {
		text += "; not after today"
	}
	if f.NotBefore != "" {
		text += "; not before " + f.NotBefore
	}
	return text
}

// The JSON of the table: the keys are those of rules.toml, where they exist.
type (
	rulesJSON struct {
		Rules       []ruleJSON       `json:"rules"`
		Overlays    []overlayJSON    `json:"overlays"`
		AddContacts []addContactJSON `json:"add_contacts"`
		Defines     []defineJSON     `json:"defines"`
		Facts       []factJSON       `json:"facts"`
		Contacts    []contactJSON    `json:"contacts"`
		Outcomes    []meaningJSON    `json:"outcomes"`
		Marks       []meaningJSON    `json:"marks"`
	}
	ruleJSON struct {
		ID       string          `json:"id"`
		When     string          `json:"when"`
		Outcome  string          `json:"outcome"`
		Then     string          `json:"then"`
		Contacts []string        `json:"contacts"`
		Sources  []dialog.Source `json:"sources"`
		Note     string          `json:"note,omitempty"`
	}
	overlayJSON struct {
		Key     string          `json:"key"`
		Type    dialog.DeclType `json:"type"`
		Is      string          `json:"is"`
		Sources []dialog.Source `json:"sources"`
		Note    string          `json:"note,omitempty"`
	}
	addContactJSON struct {
		Contact string          `json:"contact"`
		When    string          `json:"when"`
		Place   string          `json:"place"`
		Sources []dialog.Source `json:"sources"`
		Note    string          `json:"note,omitempty"`
	}
	defineJSON struct {
		Name string `json:"name"`
		Is   string `json:"is"`
		Note string `json:"note,omitempty"`
	}
	factJSON struct {
		Key       string          `json:"key"`
		Type      dialog.DeclType `json:"type"`
		Values    []string        `json:"values,omitempty"`
		Required  bool            `json:"required"`
		When      string          `json:"when,omitempty"`
		Past      bool            `json:"past,omitempty"`
		NotBefore string          `json:"not_before,omitempty"`
		Sources   []dialog.Source `json:"sources,omitempty"`
		Note      string          `json:"note,omitempty"`
	}
	contactJSON struct {
		ID      string          `json:"id"`
		Name    string          `json:"name"`
		Phone   string          `json:"phone"`
		Sources []dialog.Source `json:"sources"`
		Note    string          `json:"note,omitempty"`
	}
	meaningJSON struct {
		ID    string `json:"id"`
		Means string `json:"means"`
	}
)

// writeRulesJSON writes the whole table as one indented JSON object.
func writeRulesJSON(out io.Writer, r *dialog.Rules) error {
	var j rulesJSON
	for _, d := range r.Table() {
		j.Rules = append(j.Rules, ruleJSON{d.ID, oneLine(d.When), d.Outcome, d.Then, append([]string{}, d.Contacts...), d.Sources, d.Note})
	}
	for _, d := range r.Overlays() {
		j.Overlays = append(j.Overlays, overlayJSON{d.Key, d.Type, strings.Join(strings.Fields(d.Is()), " "), listSources(d.Sources), d.Note})
	}
	for _, d := range r.AddedContacts() {
		j.AddContacts = append(j.AddContacts, addContactJSON{d.Contact, oneLine(d.When), placeOf(d), listSources(d.Sources), d.Note})
	}
	for _, d := range r.Defines() {
		j.Defines = append(j.Defines, defineJSON{d.Name, strings.Join(strings.Fields(d.Is), " "), d.Note})
	}
	for _, d := range r.Facts() {
		f := factJSON{Key: d.Key, Type: d.Type, Values: d.Values, Required: d.Required, Past: d.Past,
			NotBefore: d.NotBefore, Sources: d.Sources, Note: d.Note}
		if d.When != nil {
			f.When = oneLine(d.When)
		}
		j.Facts = append(j.Facts, f)
	}
	for _, d := range r.Contacts() {
		j.Contacts = append(j.Contacts, contactJSON{d.ID, d.Name, d.Phone, d.Sources, d.Note})
	}
	for _, d := range r.Outcomes() {
		j.Outcomes = append(j.Outcomes, meaningJSON(d))
	}
	for _, d := range r.Marks() {
		j.Marks = append(j.Marks, meaningJSON(d))
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(j)
}

// listSources keeps null out of the JSON.
func listSources(sources []dialog.Source) []dialog.Source {
	return append([]dialog.Source{}, sources...)
}
