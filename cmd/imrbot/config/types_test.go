package config

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestHoursAreReadInTheFormsPeopleWrite(t *testing.T) {
	for text, want := range map[string]Hours{
		"09:00-19:00":   {540, 1140},
		"9:00-19:00":    {540, 1140},
		"9:00 - 19:00":  {540, 1140},
		"09:00–19:00":   {540, 1140},
		"00:00-24:00":   {0, 1440},
		"08:15 - 08:16": {495, 496},
	} {
		var h Hours
		if err := h.parse(text); err != nil || h != want {
			t.Errorf("%q: %v, %v", text, h, err)
		}
	}
	h := Hours{540, 1140}
	if h.Holds(539) || !h.Holds(540) || !h.Holds(1139) || h.Holds(1140) {
		t.Error("the span does not hold its beginning, or holds its end")
	}
}

func TestWhatHoursAndPeriodsWriteTheyReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := rapid.IntRange(0, 1439).Draw(t, "start")
		h := Hours{start, rapid.IntRange(start+1, 1440).Draw(t, "end")}
		var back Hours
		if err := back.parse(h.String()); err != nil || back != h {
			t.Fatalf("%v became %v: %v", h, back, err)
		}
		n := rapid.IntRange(1, maxYears).Draw(t, "n")
		p := rapid.SampledFrom([]Period{{}, {Years: n}, {Months: n}, {Days: n}}).Draw(t, "period")
		again := Period{Years: 9, Months: 9, Days: 9}
		if err := again.parse(p.String()); err != nil || again != p {
			t.Fatalf("%v became %v: %v", p, again, err)
		}
	})
}

func TestACutoffIsThePeriodBeforeNow(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		period    Period
		now, want string
	}{
		{Period{Days: 400}, "2026-06-01 12:00", "2025-04-27 12:00"},
		{Period{Months: 18}, "2026-06-01 12:00", "2024-12-01 12:00"},
		{Period{Years: 7}, "2026-06-01 12:00", "2019-06-01 12:00"},
		{Period{Months: 1}, "2026-03-31 23:59", "2026-02-28 23:59"},
		{Period{Months: 1}, "2024-03-30 00:00", "2024-02-29 00:00"},
		{Period{Years: 1}, "2024-02-29 08:00", "2023-02-28 08:00"},
		{Period{Years: 4}, "2024-02-29 08:00", "2020-02-29 08:00"},
	} {
		if got, some := c.period.Cutoff(at(c.now)); !some || !got.Equal(at(c.want)) {
			t.Errorf("%v before %s: %v, want %s", c.period, c.now, got, c.want)
		}
	}
	if _, some := (Period{}).Cutoff(at("2026-06-01 12:00")); some {
		t.Error("the zero period has a cutoff, and everything would be deleted")
	}
}

func TestOnlyThisMachineIsLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "bot.localhost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true,
		"example.org": false, "localhost.example.org": false, "10.0.0.1": false, "0.0.0.0": false, "": false, "127.0.0.1.example.org": false,
	} {
		if loopback(host) != want {
			t.Errorf("%q: %v", host, !want)
		}
	}
}
