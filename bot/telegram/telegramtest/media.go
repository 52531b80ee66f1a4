package telegramtest

import "path"

// Media is one file a person sends.
type Media struct {
	Photo   bool // compressed to a photo, without a name; else a document
	Name    string
	MIME    string
	Data    []byte
	Size    int64 // told instead of the length of Data when it is more
	Caption string
}

// SendPhoto sends a picture, which arrives in several sizes, the largest last.
// The largest has all of data.
func (u *User) SendPhoto(data []byte) int64 {
	return u.SendMedia(Media{Photo: true, Data: data})
}

// SendDocument sends a file as it is.
func (u *User) SendDocument(name, mime string, data []byte) int64 {
	return u.SendMedia(Media{Name: name, MIME: mime, Data: data})
}

// SendHugeDocument sends a file of a size without having its bytes, for what
// is too big to fetch.
func (u *User) SendHugeDocument(name, mime string, size int64) int64 {
	return u.SendMedia(Media{Name: name, MIME: mime, Size: size})
}

// SendMedia sends one file with its caption.
func (u *User) SendMedia(m Media) int64 {
	u.server.mu.Lock()
	defer u.server.mu.Unlock()
	return u.sendMedia(m, "")
}

// SendAlbum sends files as one album: an update each, with one media_group_id.
func (u *User) SendAlbum(media ...Media) (messageIDs []int64) {
	u.server.mu.Lock()
	defer u.server.mu.Unlock()
	u.server.nextID++
	album := itoa(13_000_000_000_000_000 + u.server.nextID)
	for _, m := range media {
		messageIDs = append(messageIDs, u.sendMedia(m, album))
	}
	return messageIDs
}

func (u *User) sendMedia(m Media, album string) int64 {
	caption, entities := typed(m.Caption)
	w := &wireMessage{Caption: caption, CaptionEntities: entities, MediaGroupID: album}
	if m.Photo {
		photo, f := u.photo(m)
		w.Photo = photo
		return u.sayLocked(w, f)
	}
	f := u.server.addFile("documents", path.Base(m.Name), m.MIME, m.Data, m.Size)
	w.Document = &wireDocument{f.wire(), f.Name, f.MIME}
	return u.sayLocked(w, f.File)
}

// photo stores the sizes Telegram makes of a picture.
func (u *User) photo(m Media) ([]wirePhoto, File) {
	var sizes []wirePhoto
	var largest File
	for _, size := range []struct{ part, width, height int }{{16, 90, 67}, {4, 320, 240}, {1, 1280, 960}} {
		told := m.Size / int64(size.part)
		f := u.server.addFile("photos", "photo.jpg", "image/jpeg", m.Data[:len(m.Data)/size.part], told)
		sizes = append(sizes, wirePhoto{f.wire(), size.width, size.height})
		largest = f.File
	}
	return sizes, largest
}

// SendVoice sends a voice message of so many seconds.
func (u *User) SendVoice(data []byte, seconds int) int64 {
	u.server.mu.Lock()
	defer u.server.mu.Unlock()
	f := u.server.addFile("voice", "voice.oga", "audio/ogg", data, 0)
	return u.sayLocked(&wireMessage{Voice: &wireVoice{f.wire(), seconds, f.MIME}}, f.File)
}

// SendSticker sends a sticker that stands for an emoji.
func (u *User) SendSticker(emoji string) int64 {
	u.server.mu.Lock()
	defer u.server.mu.Unlock()
	f := u.server.addFile("stickers", "sticker.webp", "image/webp", []byte("RIFF"), 0)
	return u.sayLocked(&wireMessage{Sticker: &wireSticker{
		wireFile: f.wire(), Type: "regular", Width: 512, Height: 512, Emoji: emoji,
	}}, f.File)
}
