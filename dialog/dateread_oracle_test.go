package dialog

import (
	"bufio"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestReadDateHoldsTheDayOfAnotherReaderWhereThatIsRight(t *testing.T) {
	f, err := os.Open("testdata/dateread/oracle.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cases := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		parts := strings.Split(lines.Text(), " | ")
		if strings.HasPrefix(lines.Text(), "#") || len(parts) != 3 {
			continue
		}
		today, errToday := ParseDate(parts[1])
		day, errDay := ParseDate(parts[2])
		if err := errors.Join(errToday, errDay); err != nil {
			t.Fatal(err)
		}
		cases++
		span, err := ReadDate(parts[0], today)
		if err != nil || day.Before(span.From) || day.After(span.To) {
			t.Errorf("%q on %v: %v..%v, %v; the other reader has %v", parts[0], today, span.From, span.To, err, day)
		}
	}
	if cases < 150 {
		t.Errorf("%d cases only", cases)
	}
}
