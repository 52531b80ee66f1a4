package telegram

import (
	"strings"
	"unicode/utf8"

	"github.com/go-telegram/bot/models"

	"imrbot/dialog"
)

// A button's data is the node it was offered at and its value, with a blank
// between: neither holds one. A node too long for the API's 64 bytes is
// replaced by its short form.

// buttonData returns a button's data, or "" when it is too long even so: the
// button is then left out, and its label can still be typed.
func buttonData(node, value string) string {
	if len(node)+1+len(value) > maxData {
		node = dialog.ShortNode(node)
	}
	if data := node + " " + value; len(data) <= maxData && value != "" {
		return data
	}
	return ""
}

// parseData undoes buttonData. Of data that is not ours it returns an empty node,
// at which no question is ever open.
func parseData(data string) (node, value string) {
	node, value, ok := strings.Cut(data, " ")
	if !ok {
		return "", data
	}
	return node, value
}

// keyboard lays buttons out: short ones two in a row, others alone.
func keyboard(node string, buttons []dialog.Button) *models.InlineKeyboardMarkup {
	var rows [][]models.InlineKeyboardButton
	pairing := false
	for _, b := range buttons {
		data := buttonData(node, b.Value)
		if data == "" {
			continue
		}
		key := models.InlineKeyboardButton{Text: b.Label, CallbackData: data}
		short := utf8.RuneCountInString(b.Label) <= maxLabel
		if pairing && short {
			rows[len(rows)-1] = append(rows[len(rows)-1], key)
			pairing = false
			continue
		}
		rows = append(rows, []models.InlineKeyboardButton{key})
		pairing = short
	}
	if len(rows) == 0 {
		return nil
	}
	return &models.InlineKeyboardMarkup{InlineKeyboard: rows}
}
