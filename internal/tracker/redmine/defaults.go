package redmine

import (
	"slices"
	"strings"
)

// Redmine's own statuses, as its default configuration makes them. The order is that of
// the lines below.
const (
	statusNew = iota
	statusInProgress
	statusResolved
	statusFeedback
	statusClosed
	statusRejected
)

// defaultNames are what the default configuration calls the statuses, a line for each
// language that it can be loaded in (Redmine 5.0.4, config/locales, default_issue_status_*).
const defaultNames = `New|In Progress|Resolved|Feedback|Closed|Rejected
Avatud|Töös|Lahendatud|Tagasiside|Suletud|Tagasi lükatud
Baru|Dalam proses|Resolved|Umpan balik|Ditutup|Ditolak
Berria|Lanean|Ebatzita|Berrelikadura|Itxita|Baztertua
E re|Në Ecuri|E zgjidhur|Përshtypje|E mbyllur|E hedhur tej
Jauns|Attīstībā|Atrisināts|Atsauksmes|Slēgts|Noraidīts
Mới|Đang tiến hành|Đã được giải quyết|Phản hồi|Đã đóng|Từ chối
Naujas|Vykdomas|Išspręstas|Grįžtamasis ryšys|Uždarytas|Atmestas
Neu|In Bearbeitung|Gelöst|Feedback|Erledigt|Abgewiesen
Nieuw|In uitvoering|Opgelost|Terugkoppeling|Gesloten|Afgewezen
Nouveau|En cours|Résolu|Commentaire|Fermé|Rejeté
Nou|En Progrés|Resolt|Comentaris|Tancat|Rebutjat
Nou|In Progress|Rezolvat|Așteaptă reacții|Închis|Respins
Nova|Em andamento|Resolvida|Feedback|Fechada|Rejeitada
Nova|En curso|Resolta|Comentarios|Pechada|Rexeitada
Novi|In Progress|Riješen|Čeka se povratna informacija|Zatvoren|Odbijen
Novo|Em curso|Resolvido|Feedback|Fechado|Rejeitado
Novo|In Progress|Riješeno|Povratna informacija|Zatvoreno|Odbaceno
Novo|U toku|Rešeno|Povratna informacija|Zatvoreno|Odbijeno
Nov|V teku|Rešen|Povratna informacija|Zaključen|Zavrnjen
Nová|Rozpracovaná|Vyriešená|Čaká na odsúhlasenie|Uzavretá|Odmietnutá
Nový|Ve vývoji|Vyřešený|Čeká se|Uzavřený|Odmítnutý
Nowy|W toku|Rozwiązany|Odpowiedź|Zamknięty|Odrzucony
Nueva|En curso|Resuelta|Comentarios|Cerrada|Rechazada
Nuovo|In elaborazione|Risolto|Commenti|Chiuso|Rifiutato
Ny|Igangværende|Løst|Feedback|Lukket|Afvist
Ny|Pågår|Avklart|Tilbakemelding|Lukket|Avvist
Ny|Pågår|Löst|Återkoppling|Stängd|Avslagen
Uusi|In Progress|Hyväksytty|Palaute|Suljettu|Hylätty
Yeni|Yapılıyor|Çözüldü|Geribildirim|Kapatıldı|Reddedildi
Yeni|İşlənməkdədir|Həll edilib|Əks əlaqə|Bağlanıb|Rədd etmə
Új|Folyamatban|Megoldva|Visszajelzés|Lezárt|Elutasított
Νέα|In Progress|Επιλυμένο|Σχόλια|Κλειστό|Απορριπτέο
Нова|Во прогрес|Разрешена|Feedback|Затворена|Одбиена
Нова|Изпълнение|Приключена|Обратна връзка|Затворена|Отхвърлена
Новая|В работе|Решена|Нужен отклик|Закрыта|Отклонена
Новий|В процесі|Вирішено|Зворотний зв'язок|Зачинено|Відмовлено
Ново|У току|Решено|Повратна информација|Затворено|Одбијено
Шинэ|Ахицтай|Шийдвэрлэгдсэн|Feedback|Хаагдсан|Хүлээж аваагүй
חדש|בעבודה|נפתר|משוב|סגור|נדחה
جديد|جاري التحميل|الحل|التغذية الراجعة|مغلق|مرفوض
جدید|در حال انجام|حل` + "\u200c" + `شده|بازخورد|بسته|ردشده
เกิดขึ้น|In Progress|ดำเนินการ|รอคำตอบ|จบ|ยกเลิก
新建|进行中|已解决|反馈|已关闭|已拒绝
新建立|實作中|已解決|已回應|已結束|已拒絕
新規|進行中|解決|フィードバック|終了|却下
신규|진행|해결|의견|완료|거절`

// wishes are, for each state of the ledger, the statuses that say it best, the best one
// first.
func wishes() map[string][]int {
	return map[string][]int{
		"todo":          {statusNew},
		"held":          {statusNew},
		"parked":        {statusFeedback, statusInProgress, statusNew},
		"moved":         {statusInProgress, statusNew},
		"tested":        {statusResolved, statusInProgress, statusNew},
		"in-test":       {statusResolved, statusInProgress, statusNew},
		"in-deployment": {statusClosed},
		"dropped":       {statusRejected, statusClosed},
	}
}

// defaultStatus is the status for each state of the ledger. With nil it is of Redmine's
// default configuration in English; else of what is there: the first wish that exists
// under its name in any language, then the first status that is as open or closed as the
// best wish.
func defaultStatus(there []status) map[string]string {
	known := defaultsOf(there)
	out := map[string]string{}
	for state, wished := range wishes() {
		for _, wish := range wished {
			if name := known[wish]; name != "" {
				out[state] = name
				break
			}
		}
		if out[state] != "" {
			continue
		}
		closed := wished[0] == statusClosed || wished[0] == statusRejected
		if i := slices.IndexFunc(there, func(s status) bool { return s.Closed == closed }); i >= 0 {
			out[state] = there[i].Name
		}
	}
	return out
}

// defaultsOf are the names of Redmine's own statuses among those that are there, in the
// language that has most of them.
func defaultsOf(there []status) [6]string {
	var best [6]string
	most := -1
	for line := range strings.Lines(defaultNames) {
		var names [6]string
		have := 0
		for i, name := range strings.Split(strings.TrimSpace(line), "|") {
			closed := i == statusClosed || i == statusRejected
			if there == nil || slices.ContainsFunc(there, func(s status) bool { return s.Name == name && s.Closed == closed }) {
				names[i] = name
				have++
			}
		}
		if have > most {
			best, most = names, have
		}
	}
	return best
}
