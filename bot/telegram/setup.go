package telegram

import (
	"context"
	"errors"

	api "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"imrbot/bot"
)

// ErrToken: Telegram does not know the token.
var ErrToken = errors.New("it is refused by Telegram: ask @BotFather for the right one")

// begin makes the calls that come before the first update, and tries each until
// it succeeds. It fails with ErrToken, or with ctx's error when ctx ends. The
// menu is not among them: no message waits for it.
func (a *Adapter) begin(ctx context.Context, call func(context.Context) error) error {
	know := func(ctx context.Context) error {
		name, err := a.Identity(ctx)
		if err == nil {
			a.hear()
			a.Log.Info("Telegram knows us", "bot", "@"+name)
		}
		return err
	}
	for _, call := range []func(context.Context) error{know, call} {
		for fails := 1; ; fails++ {
			err := a.once(ctx, call)
			if err == nil {
				break
			}
			if IsTokenRefused(err) {
				return ErrToken
			}
			failed := classify(err)
			if ctx.Err() == nil {
				a.Log.Warn("Telegram does not answer as it should; trying again", "reason", failed.Reason)
			}
			pause(ctx, wait(failed, fails))
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	a.menus.Go(func() { a.menu(ctx) })
	return nil
}

// once makes one call with a deadline.
func (a *Adapter) once(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	return call(ctx)
}

// dropWebhook ends the delivery to an address, which excludes polling. Updates
// that wait are kept.
func (a *Adapter) dropWebhook(ctx context.Context) error {
	info, err := a.api.GetWebhookInfo(ctx)
	if err != nil || info.URL == "" {
		return err
	}
	a.Log.Warn("the bot had a webhook; it is taken away, because [telegram] mode is polling")
	_, err = a.api.DeleteWebhook(ctx, &api.DeleteWebhookParams{})
	return err
}

// menu sets the commands and what the bot says of itself, in every language and
// once without one, for all others. It is tried again a few times, and left then:
// every command can be typed.
func (a *Adapter) menu(ctx context.Context) {
	var failed *bot.SendError
	for fails := 1; fails <= menuTries; fails++ {
		err := a.setMenu(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		if failed = classify(err); failed.Fate == bot.FateDead {
			break
		}
		pause(ctx, wait(failed, fails))
	}
	if ctx.Err() == nil {
		a.Log.Warn("the menu of commands could not be set", "reason", failed.Reason)
	}
}

func (a *Adapter) setMenu(ctx context.Context) error {
	languages := a.Interview.Languages()
	for i, lang := range languages {
		if err := a.setMenuIn(ctx, lang, lang); err != nil {
			return err
		}
		if i == 0 {
			if err := a.setMenuIn(ctx, lang, ""); err != nil {
				return err
			}
		}
	}
	return a.once(ctx, func(ctx context.Context) error {
		_, err := a.api.SetChatMenuButton(ctx, &api.SetChatMenuButtonParams{MenuButton: models.MenuButtonCommands{Type: models.MenuButtonTypeCommands}})
		return err
	})
}

// setMenuIn sets the menu that users of the language code see.
func (a *Adapter) setMenuIn(ctx context.Context, lang, code string) error {
	var commands []models.BotCommand
	for _, c := range a.Interview.Commands(lang) {
		commands = append(commands, models.BotCommand{Command: c.Name, Description: c.Description})
	}
	calls := []func(context.Context) error{
		func(ctx context.Context) error {
			_, err := a.api.SetMyCommands(ctx, &api.SetMyCommandsParams{Commands: commands, LanguageCode: code})
			return err
		},
		func(ctx context.Context) error {
			_, err := a.api.SetMyDescription(ctx, &api.SetMyDescriptionParams{Description: a.Interview.Phrase(lang, "say.about-long"), LanguageCode: code})
			return err
		},
		func(ctx context.Context) error {
			_, err := a.api.SetMyShortDescription(ctx, &api.SetMyShortDescriptionParams{ShortDescription: a.Interview.Phrase(lang, "say.about"), LanguageCode: code})
			return err
		},
	}
	var errs []error
	for _, call := range calls {
		errs = append(errs, a.once(ctx, call))
	}
	return errors.Join(errs...)
}

// Identity asks Telegram for the bot's name. A refused token shows here.
func (a *Adapter) Identity(ctx context.Context) (name string, err error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	me, err := a.api.GetMe(ctx)
	if err != nil {
		return "", classify(err)
	}
	return me.Username, nil
}

// Webhook tells how updates are delivered: the address ("" for polling), how many
// wait, and what Telegram says of the last failed delivery.
func (a *Adapter) Webhook(ctx context.Context) (*models.WebhookInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	info, err := a.api.GetWebhookInfo(ctx)
	if err != nil {
		return nil, classify(err)
	}
	return info, nil
}
