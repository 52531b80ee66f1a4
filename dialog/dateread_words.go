package dialog

// dateRole is a set of things that a word can be in the grammar of dates.
type dateRole uint64

const (
	wMonth   dateRole = 1 << iota // n: 1–12
	wWday                         // n: 0 Monday … 6 Sunday
	wShort                        // a month or weekday only with something around it
	wCard                         // a number in words, n: its value
	wOrd                          // an ordinal in words, n: its value
	wSuffix                       // the end of an ordinal in digits: 3rd, 1ro, 14º; n: 1 for English
	wOne                          // a, an, un, una
	wHundred                      // n: 100, 900
	wMil                          // thousand
	wOh                           // the zero of nineteen oh five
	wUnit                         // n: one of the units below
	wAgo                          // ago, back, atrás
	wHace                         // hace (n: 1), it has been, since
	wLast                         // last, past, pasado (n: 1)
	wPrior                        // antepasado: the one before last
	wThis                         // this, este
	wNext                         // next, próximo
	wThe                          // the, el, la
	wOf                           // of, de, del
	wIn                           // in, en
	wOn                           // on; and the Spanish "día" of "el día 14"
	wAbout                        // about, como
	wHedge                        // I think, creo, not: the date is not sure, or not the one
	wPart                         // n: 1 early, 2 mid, 3 late
	wRelDay                       // n: days back; -1 tomorrow
	wDayPart                      // morning, noche
	wBefore                       // n: 1 before, antes; 0 until
	wAfter
	wAnd
	wOr
	wTo
	wHalf
	wCouple
	wFew
	wMore
	wLess
	wLittle
	wAlmost
	wThan
	wTime // am, pm, horas: the number before it is a time of day
	wMoney
	wPage // page, section: the number after it is no date
	wWeekend
	wSo
	wChange // "y pico"
	wCome   // "que viene"
	wBusiness
	wYearWord // año, where it announces one
	wIsoT
	wEach   // every, cada: no one day
	wFollow // may follow a bare day: "the 14 I called", "el 14 me llegó"
	wFiller // adds nothing to a date: "it was", "fue"
)

// The units of time.
const (
	unitHour = iota + 1
	unitDay
	unitWeek
	unitFortnight
	unitMonth
	unitYear
)

// dateWord is what the tables say of a word.
type dateWord struct {
	role dateRole
	n    int
}

// dateWords holds every word of the grammar, English and Spanish, folded, with
// the misspellings that are too short or too odd to be found by spelling. A
// word of both languages, or of two uses, has the roles of both.
var dateWords = map[string]dateWord{
	// Months.
	"january": {wMonth, 1}, "jan": {wMonth, 1}, "enero": {wMonth, 1}, "ene": {wMonth, 1}, "henero": {wMonth, 1}, "janury": {wMonth, 1},
	"february": {wMonth, 2}, "feb": {wMonth, 2}, "febrero": {wMonth, 2}, "fevrero": {wMonth, 2}, "frebrero": {wMonth, 2}, "febero": {wMonth, 2},
	"march": {wMonth, 3}, "mar": {wMonth | wShort, 3}, "marzo": {wMonth, 3}, "marso": {wMonth, 3}, "mrach": {wMonth, 3}, "marhc": {wMonth, 3}, "mzo": {wMonth, 3}, "marxo": {wMonth, 3},
	"april": {wMonth, 4}, "apr": {wMonth, 4}, "abril": {wMonth, 4}, "abr": {wMonth, 4}, "avril": {wMonth, 4}, "apirl": {wMonth, 4}, "aprill": {wMonth, 4}, "abrill": {wMonth, 4}, "arpil": {wMonth, 4}, "aprl": {wMonth, 4},
	"may": {wMonth | wShort, 5}, "mayo": {wMonth, 5}, "mallo": {wMonth, 5},
	"june": {wMonth, 6}, "jun": {wMonth, 6}, "junio": {wMonth, 6}, "junne": {wMonth, 6}, "juneo": {wMonth, 6}, "gunio": {wMonth, 6},
	"july": {wMonth, 7}, "jul": {wMonth, 7}, "julio": {wMonth, 7}, "jully": {wMonth, 7}, "juli": {wMonth, 7}, "hulio": {wMonth, 7}, "julyo": {wMonth, 7},
	"august": {wMonth, 8}, "aug": {wMonth, 8}, "agosto": {wMonth, 8}, "agost": {wMonth, 8}, "agust": {wMonth, 8}, "augst": {wMonth, 8}, "agusto": {wMonth, 8}, "ago": {wMonth | wShort | wAgo, 8},
	"september": {wMonth, 9}, "sep": {wMonth, 9}, "sept": {wMonth, 9}, "septiembre": {wMonth, 9}, "setiembre": {wMonth, 9},
	"october": {wMonth, 10}, "oct": {wMonth, 10}, "octubre": {wMonth, 10}, "otubre": {wMonth, 10}, "octuber": {wMonth, 10},
	"november": {wMonth, 11}, "nov": {wMonth, 11}, "noviembre": {wMonth, 11}, "nobiembre": {wMonth, 11},
	"december": {wMonth, 12}, "dec": {wMonth, 12}, "diciembre": {wMonth, 12}, "dic": {wMonth, 12}, "disiembre": {wMonth, 12},

	// Weekdays.
	"monday": {wWday, 0}, "mon": {wWday | wShort, 0}, "lunes": {wWday, 0}, "lun": {wWday | wShort, 0}, "munday": {wWday, 0},
	"tuesday": {wWday, 1}, "tue": {wWday | wShort, 1}, "tues": {wWday | wShort, 1}, "martes": {wWday, 1}, "teusday": {wWday, 1}, "tusday": {wWday, 1},
	"wednesday": {wWday, 2}, "wed": {wWday | wShort, 2}, "weds": {wWday | wShort, 2}, "miercoles": {wWday, 2}, "mie": {wWday | wShort, 2}, "mierc": {wWday | wShort, 2},
	"thursday": {wWday, 3}, "thu": {wWday | wShort, 3}, "thur": {wWday | wShort, 3}, "thurs": {wWday | wShort, 3}, "jueves": {wWday, 3}, "jue": {wWday | wShort, 3}, "juebes": {wWday, 3}, "huebes": {wWday, 3},
	"friday": {wWday, 4}, "fri": {wWday | wShort, 4}, "viernes": {wWday, 4}, "vie": {wWday | wShort, 4}, "biernes": {wWday, 4},
	"saturday": {wWday, 5}, "sat": {wWday | wShort, 5}, "sabado": {wWday, 5}, "sab": {wWday | wShort, 5}, "savado": {wWday, 5}, "satuday": {wWday, 5},
	"sunday": {wWday, 6}, "sun": {wWday | wShort, 6}, "domingo": {wWday, 6}, "dom": {wWday | wShort, 6},

	// Numbers in words.
	"zero": {wCard, 0}, "cero": {wCard, 0},
	"one": {wCard, 1}, "uno": {wCard, 1}, "two": {wCard, 2}, "dos": {wCard, 2}, "three": {wCard, 3}, "tres": {wCard, 3},
	"four": {wCard, 4}, "cuatro": {wCard, 4}, "five": {wCard, 5}, "cinco": {wCard, 5}, "six": {wCard, 6}, "seis": {wCard, 6}, "seven": {wCard, 7}, "siete": {wCard, 7},
	"eight": {wCard, 8}, "ocho": {wCard, 8}, "nine": {wCard, 9}, "nueve": {wCard, 9}, "ten": {wCard, 10}, "diez": {wCard, 10}, "dies": {wCard, 10}, "eleven": {wCard, 11}, "once": {wCard, 11},
	"twelve": {wCard, 12}, "doce": {wCard, 12}, "thirteen": {wCard, 13}, "trece": {wCard, 13}, "trese": {wCard, 13}, "fourteen": {wCard, 14}, "catorce": {wCard, 14}, "catorse": {wCard, 14}, "fifteen": {wCard, 15}, "quince": {wCard, 15}, "kince": {wCard, 15},
	"sixteen": {wCard, 16}, "dieciseis": {wCard, 16}, "diesiseis": {wCard, 16}, "seventeen": {wCard, 17}, "diecisiete": {wCard, 17}, "diesisiete": {wCard, 17}, "eighteen": {wCard, 18}, "dieciocho": {wCard, 18}, "diesiocho": {wCard, 18}, "nineteen": {wCard, 19}, "diecinueve": {wCard, 19}, "diesinueve": {wCard, 19},
	"twenty": {wCard, 20}, "veinte": {wCard, 20}, "beinte": {wCard, 20}, "vente": {wCard, 20}, "veintiuno": {wCard, 21}, "veintiun": {wCard, 21}, "veintidos": {wCard, 22}, "veintitres": {wCard, 23}, "veinticuatro": {wCard, 24},
	"veinticinco": {wCard, 25}, "veintiseis": {wCard, 26}, "veintisiete": {wCard, 27}, "veintiocho": {wCard, 28}, "veintinueve": {wCard, 29},
	"thirty": {wCard, 30}, "treinta": {wCard, 30}, "forty": {wCard, 40}, "fourty": {wCard, 40}, "cuarenta": {wCard, 40}, "fifty": {wCard, 50}, "cincuenta": {wCard, 50}, "sixty": {wCard, 60}, "sesenta": {wCard, 60},
	"seventy": {wCard, 70}, "setenta": {wCard, 70}, "eighty": {wCard, 80}, "ochenta": {wCard, 80}, "ninety": {wCard, 90}, "noventa": {wCard, 90},
	"hundred": {wHundred, 100}, "cien": {wHundred, 100}, "ciento": {wHundred, 100}, "novecientos": {wHundred, 900}, "thousand": {wMil, 0}, "mil": {wMil, 0}, "oh": {wOh, 0},
	"first": {wOrd, 1}, "primero": {wOrd, 1}, "primer": {wOrd, 1}, "primera": {wOrd, 1}, "second": {wOrd, 2}, "segundo": {wOrd, 2}, "segunda": {wOrd, 2}, "third": {wOrd, 3}, "tercer": {wOrd, 3}, "tercera": {wOrd, 3}, "tercero": {wOrd, 3}, "fourth": {wOrd, 4}, "cuarta": {wOrd, 4}, "cuarto": {wOrd, 4},
	"fifth": {wOrd, 5}, "sixth": {wOrd, 6}, "seventh": {wOrd, 7}, "eighth": {wOrd, 8}, "eigth": {wOrd, 8}, "ninth": {wOrd, 9}, "tenth": {wOrd, 10}, "eleventh": {wOrd, 11}, "twelfth": {wOrd, 12}, "twelveth": {wOrd, 12}, "thirteenth": {wOrd, 13}, "fourteenth": {wOrd, 14},
	"fifteenth": {wOrd, 15}, "sixteenth": {wOrd, 16}, "seventeenth": {wOrd, 17}, "eighteenth": {wOrd, 18}, "nineteenth": {wOrd, 19}, "twentieth": {wOrd, 20}, "twentyfirst": {wOrd, 21}, "thirtieth": {wOrd, 30},
	"st": {wSuffix, 1}, "nd": {wSuffix, 1}, "rd": {wSuffix, 1}, "th": {wSuffix, 1}, "ro": {wSuffix, 0}, "do": {wSuffix, 0}, "ero": {wSuffix, 0}, "er": {wSuffix, 0}, "o": {wSuffix | wOr, 0}, "ra": {wSuffix, 0}, "da": {wSuffix, 0},
	"a": {wOne | wFollow | wFiller | wSuffix | wTo, 1}, "an": {wOne | wFiller, 1}, "un": {wOne | wFiller, 1}, "una": {wOne | wFiller, 1},
	"half": {wHalf, 0}, "medio": {wHalf, 0}, "media": {wHalf, 0}, "couple": {wCouple, 2}, "cuple": {wCouple, 2}, "par": {wCouple, 2}, "few": {wFew, 0}, "several": {wFew, 0}, "some": {wFew | wAbout, 0}, "unos": {wFew | wAbout, 0}, "unas": {wFew | wAbout, 0}, "algunos": {wFew, 0}, "algunas": {wFew, 0}, "varios": {wFew, 0}, "varias": {wFew, 0}, "pocos": {wFew, 0}, "pocas": {wFew, 0},

	// Units.
	"hour": {wUnit, unitHour}, "hours": {wUnit, unitHour}, "hrs": {wUnit | wTime, unitHour}, "hr": {wUnit | wTime, unitHour}, "hora": {wUnit, unitHour}, "horas": {wUnit | wTime, unitHour},
	"day": {wUnit, unitDay}, "days": {wUnit, unitDay}, "dia": {wUnit | wOn, unitDay}, "dias": {wUnit, unitDay}, "dais": {wUnit, unitDay}, "dys": {wUnit, unitDay},
	"week": {wUnit, unitWeek}, "weeks": {wUnit, unitWeek}, "wk": {wUnit, unitWeek}, "wks": {wUnit, unitWeek}, "semana": {wUnit, unitWeek}, "semanas": {wUnit, unitWeek}, "weaks": {wUnit, unitWeek}, "weeek": {wUnit, unitWeek}, "semanitas": {wUnit, unitWeek}, "cemana": {wUnit, unitWeek}, "cemanas": {wUnit, unitWeek}, "wekks": {wUnit, unitWeek}, "weks": {wUnit, unitWeek},
	"fortnight": {wUnit, unitFortnight}, "quincena": {wUnit, unitFortnight}, "quincenas": {wUnit, unitFortnight},
	"month": {wUnit, unitMonth}, "months": {wUnit, unitMonth}, "mth": {wUnit, unitMonth}, "mths": {wUnit, unitMonth}, "mo": {wUnit, unitMonth}, "mos": {wUnit, unitMonth}, "mes": {wUnit, unitMonth}, "meses": {wUnit, unitMonth}, "moths": {wUnit, unitMonth}, "monht": {wUnit, unitMonth}, "monts": {wUnit, unitMonth},
	"year": {wUnit | wYearWord, unitYear}, "years": {wUnit, unitYear}, "yr": {wUnit, unitYear}, "yrs": {wUnit, unitYear}, "ano": {wUnit | wYearWord, unitYear}, "anos": {wUnit, unitYear},
	"business": {wBusiness, 0}, "working": {wBusiness, 0}, "habiles": {wBusiness, 0}, "laborables": {wBusiness, 0},
	"weekend": {wWeekend, 0}, "finde": {wWeekend, 0},

	// Days named from today.
	"today": {wRelDay, 0}, "hoy": {wRelDay, 0}, "tday": {wRelDay, 0}, "oy": {wRelDay, 0}, "tonight": {wRelDay, 0},
	"yesterday": {wRelDay, 1}, "ayer": {wRelDay, 1}, "anoche": {wRelDay, 1}, "yest": {wRelDay, 1}, "yday": {wRelDay, 1}, "hayer": {wRelDay, 1}, "aller": {wRelDay, 1},
	"antier": {wRelDay, 2}, "antiayer": {wRelDay, 2}, "antes": {wBefore, 1}, "anteayer": {wRelDay, 2}, "antayer": {wRelDay, 2}, "antiyer": {wRelDay, 2}, "anteanoche": {wRelDay, 2}, "antenoche": {wRelDay, 2}, "antenoches": {wRelDay, 2}, "trasanteayer": {wRelDay, 3},
	"tomorrow": {wRelDay, -1}, "tommorow": {wRelDay, -1}, "tomorow": {wRelDay, -1}, "manana": {wRelDay | wDayPart, -1},
	"morning": {wDayPart, 0}, "afternoon": {wDayPart, 0}, "evening": {wDayPart, 0}, "night": {wDayPart, 1}, "noche": {wDayPart, 1}, "tarde": {wDayPart, 0}, "madrugada": {wDayPart, 0},

	// Words that place a date.
	"back": {wAgo, 0}, "atras": {wAgo, 0}, "hace": {wHace, 1}, "hacen": {wHace, 1}, "ase": {wHace, 1}, "hase": {wHace, 1}, "ace": {wHace, 1}, "been": {wHace, 0},
	"last": {wLast, 0}, "past": {wLast, 0}, "lst": {wLast, 0}, "previous": {wLast, 0}, "pasado": {wLast, 1}, "pasada": {wLast, 1}, "pasdo": {wLast, 1}, "anterior": {wLast, 0}, "ultimo": {wLast, 0}, "ultima": {wLast, 0},
	"antepasado": {wPrior, 0}, "antepasada": {wPrior, 0}, "this": {wThis | wFiller, 0}, "este": {wThis | wFiller, 0}, "esta": {wThis | wFiller, 0}, "presente": {wThis, 0}, "corriente": {wThis, 0}, "mismo": {wThis, 0}, "current": {wThis, 0},
	"next": {wNext, 0}, "upcoming": {wNext, 0}, "coming": {wNext, 0}, "proximo": {wNext, 0}, "proxima": {wNext, 0}, "entrante": {wNext, 0}, "viene": {wCome, 0},
	"the": {wThe | wFollow, 0}, "el": {wThe | wFollow, 0}, "la": {wThe | wFollow, 0}, "los": {wThe | wFollow, 0}, "al": {wThe | wOf | wTo, 0},
	"of": {wOf, 0}, "de": {wOf, 0}, "del": {wOf, 0}, "d": {wOf, 0}, "in": {wIn | wFollow, 0}, "en": {wIn | wFollow, 0}, "during": {wIn, 0}, "durante": {wIn, 0}, "desde": {wIn | wFollow | wHace, 0}, "since": {wIn | wFollow | wHace, 0}, "dentro": {wIn, 0},
	"on": {wOn | wFollow, 0}, "dated": {wOn, 0}, "fechada": {wOn, 0}, "fecha": {wOn, 0}, "date": {wOn, 0},
	"about": {wAbout, 0}, "around": {wAbout, 0}, "aprox": {wAbout, 0}, "approx": {wAbout, 0}, "approximately": {wAbout, 0}, "aproximadamente": {wAbout, 0}, "roughly": {wAbout, 0}, "circa": {wAbout, 0}, "like": {wAbout, 0}, "como": {wAbout, 0}, "komo": {wAbout, 0}, "alrededor": {wAbout, 0}, "cerca": {wAbout, 0}, "hacia": {wAbout, 0}, "eso": {wAbout, 0}, "ish": {wAbout, 0}, "arround": {wAbout, 0}, "abt": {wAbout, 0}, "bout": {wAbout, 0}, "aproximado": {wAbout, 0}, "cosa": {wAbout, 0}, "sometime": {wFiller, 0}, "exactamente": {wFiller, 0}, "exactly": {wFiller, 0},
	"think": {wHedge, 0}, "believe": {wHedge, 0}, "guess": {wHedge, 0}, "maybe": {wHedge, 0}, "probably": {wHedge, 0}, "perhaps": {wHedge, 0}, "possibly": {wHedge, 0}, "creo": {wHedge, 0}, "quizas": {wHedge, 0}, "quiza": {wHedge, 0}, "tal": {wHedge, 0}, "vez": {wHedge, 0}, "parece": {wHedge, 0}, "supongo": {wHedge, 0}, "sure": {wHedge, 0}, "seguro": {wHedge, 0}, "segura": {wHedge, 0}, "probablemente": {wHedge, 0}, "kreo": {wHedge, 0}, "not": {wHedge | wFollow, 0}, "never": {wHedge, 0}, "nunca": {wHedge, 0}, "tampoco": {wHedge, 0}, "didnt": {wHedge, 0}, "dont": {wHedge, 0}, "wasnt": {wHedge, 0}, "isnt": {wHedge, 0}, "due": {wHedge, 0}, "deadline": {wHedge, 0}, "vence": {wHedge, 0},
	"early": {wPart, 1}, "beginning": {wPart, 1}, "begining": {wPart, 1}, "start": {wPart, 1}, "principio": {wPart, 1}, "principios": {wPart, 1}, "inicio": {wPart, 1}, "inicios": {wPart, 1}, "comienzo": {wPart, 1}, "comienzos": {wPart, 1}, "empezar": {wPart, 1},
	"mid": {wPart, 2}, "middle": {wPart, 2}, "mediado": {wPart, 2}, "mediados": {wPart, 2}, "mitad": {wPart, 2}, "late": {wPart, 3}, "end": {wPart, 3}, "fin": {wPart, 3}, "fines": {wPart, 3}, "final": {wPart, 3}, "finales": {wPart, 3},
	"before": {wBefore, 1}, "until": {wBefore, 0}, "hasta": {wBefore, 0}, "after": {wAfter, 0}, "despues": {wAfter, 0}, "luego": {wAfter, 0},
	"and": {wAnd | wFollow, 0}, "y": {wAnd | wFollow, 0}, "e": {wAnd, 0}, "or": {wOr, 0}, "to": {wTo | wFiller, 0}, "through": {wTo, 0}, "thru": {wTo, 0}, "menos": {wLess, 0}, "less": {wLess, 0}, "more": {wMore, 0}, "mas": {wMore, 0}, "over": {wMore, 0}, "little": {wLittle, 0}, "poco": {wLittle, 0}, "bit": {wLittle, 0}, "almost": {wAlmost, 0}, "nearly": {wAlmost, 0}, "casi": {wAlmost, 0}, "kasi": {wAlmost, 0}, "than": {wThan, 0}, "then": {wThan, 0}, "so": {wSo | wFollow, 0}, "pico": {wChange, 0},

	// Words that tell what a number is not.
	"am": {wTime, 0}, "pm": {wTime, 0}, "p": {wTime, 0}, "oclock": {wTime, 0}, "hs": {wTime, 0},
	"dollars": {wMoney, 0}, "dollar": {wMoney, 0}, "bucks": {wMoney, 0}, "usd": {wMoney, 0}, "dolares": {wMoney, 0}, "dolar": {wMoney, 0}, "pesos": {wMoney, 0}, "cents": {wMoney, 0},
	"page": {wPage, 0}, "pages": {wPage, 0}, "pagina": {wPage, 0}, "paginas": {wPage, 0}, "pag": {wPage, 0}, "pg": {wPage, 0}, "section": {wPage, 0}, "seccion": {wPage, 0}, "room": {wPage, 0}, "apt": {wPage, 0}, "suite": {wPage, 0}, "floor": {wPage, 0}, "number": {wPage, 0}, "numero": {wPage, 0}, "no": {wFollow | wFiller | wHedge, 0}, "id": {wPage, 0}, "code": {wPage, 0}, "codigo": {wPage, 0}, "zip": {wPage, 0}, "case": {wPage, 0}, "caso": {wPage, 0}, "part": {wPage, 0}, "parte": {wPage, 0},
	"t": {wIsoT, 0}, "every": {wEach, 0}, "each": {wEach, 0}, "cada": {wEach, 0}, "todos": {wEach, 0},

	// Words that may follow a bare day.
	"i": {wFollow | wFiller, 0}, "it": {wFollow | wFiller, 0}, "they": {wFollow, 0}, "we": {wFollow, 0}, "he": {wFollow, 0}, "she": {wFollow, 0}, "you": {wFollow, 0}, "when": {wFollow, 0}, "but": {wFollow, 0}, "at": {wFollow, 0}, "because": {wFollow, 0}, "that": {wFollow, 0}, "which": {wFollow, 0}, "from": {wFollow, 0}, "for": {wFollow, 0}, "by": {wFollow | wFiller | wHedge, 0}, "with": {wFollow, 0}, "my": {wFollow, 0}, "is": {wFollow | wFiller, 0}, "was": {wFollow | wFiller, 0},
	"me": {wFollow, 0}, "lo": {wFollow, 0}, "se": {wFollow, 0}, "yo": {wFollow | wFiller, 0}, "pero": {wFollow, 0}, "que": {wFollow | wFiller, 0}, "cuando": {wFollow, 0}, "por": {wFollow | wFiller, 0}, "con": {wFollow, 0}, "mi": {wFollow, 0}, "le": {wFollow, 0}, "les": {wFollow, 0}, "nos": {wFollow, 0}, "te": {wFollow, 0}, "ya": {wFollow | wFiller, 0}, "fue": {wFollow | wFiller, 0}, "es": {wFollow | wFiller, 0}, "porque": {wFollow, 0}, "llego": {wFollow, 0}, "recibi": {wFollow, 0}, "mande": {wFollow, 0}, "envie": {wFollow, 0}, "para": {wFollow, 0}, "please": {wFollow | wFiller, 0}, "thanks": {wFollow | wFiller, 0}, "gracias": {wFollow | wFiller, 0}, "um": {wFiller, 0}, "uh": {wFiller, 0}, "well": {wFiller, 0}, "ok": {wFiller, 0}, "okay": {wFiller, 0}, "pues": {wFiller, 0}, "eh": {wFiller, 0}, "yes": {wFiller, 0}, "si": {wFiller, 0}, "yeah": {wFiller, 0}, "im": {wFiller, 0}, "just": {wFiller, 0}, "right": {wFiller, 0}, "filed": {wFiller | wFollow, 0}, "sent": {wFiller | wFollow, 0}, "era": {wFiller, 0}, "seria": {wFiller, 0},
}

// dateSpelling is a word that is also found when it is misspelled.
type dateSpelling struct {
	text    string
	letters uint32
}

// dateSpellings are the long names that few other words resemble: up to seven
// letters may hold one slip, longer ones two, never in the first letter.
// Shorter names (marzo – marco, abril – abrir, lunes – lentes) are only taken
// in the misspellings that dateWords lists.
var dateSpellings = spellings("january", "february", "august", "september", "october", "november", "december",
	"febrero", "septiembre", "octubre", "noviembre", "diciembre",
	"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "miercoles", "viernes", "domingo",
	"yesterday", "tomorrow", "veintiuno", "veintidos", "veintitres", "veinticuatro", "veinticinco", "veintiseis", "veintisiete", "veintiocho", "veintinueve",
	"twentieth", "thirtieth", "weekend", "principios", "mediados")

func spellings(words ...string) []dateSpelling {
	list := make([]dateSpelling, len(words))
	for i, w := range words {
		list[i] = dateSpelling{text: w, letters: letterSet(w)}
	}
	return list
}

// notDateWords are words, one or two slips from a name of dateSpellings, that
// mean something else.
var notDateWords = map[string]struct{}{
	"sundry": {}, "friary": {}, "weekends": {}, "principales": {}, "principal": {}, "medicados": {}, "medidas": {}, "mediadas": {}, "augusta": {}, "augusto": {}, "viejos": {}, "weekdays": {}, "weekday": {},
}
