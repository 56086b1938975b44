package forecast

import (
	"slices"
	"strings"

	"mgit/internal/php"
)

// call weighs one call of a function or method.
func (r *reader) call(i int) {
	name := strings.ToLower(strings.TrimPrefix(r.tokens[i].Text, `\`))
	name = name[strings.LastIndexByte(name, '\\')+1:]
	if a, ok := schemaActs[name]; ok {
		if r.isDefinition(i) {
			return
		}
		tables := r.tableOf(i)
		r.add(i, Reason{Weight: a.on(tables), Does: a.does, Tables: tables})
		return
	}
	if a, ok := rowActs[name]; ok {
		r.changes(i, a, r.argument(i, false))
		return
	}
	if slices.Contains(singleActs, name) {
		if l := r.inRows(); l != nil {
			l.writes, l.tables = true, mergeNames(l.tables, r.argument(i, false))
		}
		return
	}
	switch name {
	case "execute", "execute_sql", "change_database_structure":
		r.execute(i)
	case "queue_adhoc_task", "reschedule_or_queue_adhoc_task":
		r.queue(i)
	default:
		r.other(i, name)
	}
}

// isDefinition reports whether the call at token i only adds to an xmldb_table in
// memory, whose methods are called like those of the database manager:
// $table->add_field('id', …).
func (r *reader) isDefinition(i int) bool {
	owner := r.fn.file.at(i - 2)
	isMethod := r.fn.file.at(i - 1).IsSign("->")
	return isMethod && (r.fn.file.at(i+2).Kind == php.String || owner.Kind == php.Variable && isTableClass(php.Token{Kind: php.Word, Text: r.class[owner.Text]}))
}

// tableOf is the table of a call of the database manager, as far as its first
// argument tells it.
func (r *reader) tableOf(i int) (tables []string) {
	isName := false
	r.eachOfArgument(i, func(t php.Token) {
		switch {
		case t.Kind == php.Variable:
			tables = mergeNames(tables, r.tables[t.Text])
		case t.IsWord("new"):
			isName = true
		case t.Kind == php.String && isName:
			tables = mergeNames(tables, []string{t.Text})
		}
	})
	return tables
}

// changes enters a change of many rows: in a loop over rows it is the loop's.
func (r *reader) changes(i int, a act, tables []string) {
	if l := r.inRows(); l != nil {
		l.writes, l.tables = true, mergeNames(l.tables, tables)
		return
	}
	r.add(i, Reason{Weight: a.on(tables), Does: a.does, Tables: tables})
}

// execute weighs SQL that the code gives to the database as it is.
func (r *reader) execute(i int) {
	tables, does := r.argument(i, true), ""
	r.eachOfArgument(i, func(t php.Token) {
		if does != "" {
			return
		}
		switch t.Kind {
		case php.String:
			does = verb(t.Text)
		case php.Variable:
			if c := r.class[t.Text]; strings.HasPrefix(c, "SQL ") {
				does = c
			}
		}
	})
	switch does {
	case "":
		return // it reads, or is another method of this name
	case "SQL ALTER", "SQL CREATE", "SQL DROP", "SQL TRUNCATE":
		r.changes(i, act{"changes tables by SQL of its own", Heavy, Medium}, tables)
	default:
		r.changes(i, act{"changes rows by SQL of its own", Heavy, Medium}, tables)
	}
}

// queue notes a task that runs after the upgrade.
func (r *reader) queue(i int) {
	class := ""
	isNew := false
	r.eachOfArgument(i, func(t php.Token) {
		switch {
		case class != "":
		case t.IsWord("new"):
			isNew = true
		case t.Kind == php.Word && isNew:
			class = strings.TrimPrefix(t.Text, `\`)
		case t.Kind == php.Variable:
			class = r.class[t.Text]
		}
	})
	if class == "" || strings.HasPrefix(class, "SQL ") {
		class = "a task"
	}
	w := r.into(i)
	w.queues = mergeNames(w.queues, []string{class})
	r.add(i, Reason{Weight: Light, Does: "queues a task for after the upgrade"})
}

// other weighs a call of a function that core or the component has.
func (r *reader) other(i int, name string) {
	if a, ok := otherActs[name]; ok {
		r.add(i, Reason{Weight: a.big, Does: a.does})
		return
	}
	if before := r.fn.file.at(i - 1); before.IsSign("->") || before.IsSign("?->") || before.IsSign("::") {
		return
	}
	w := r.lib.of(name)
	if w == nil {
		return
	}
	into := r.into(i)
	for _, reason := range w.reasons {
		reason.In = r.tokens[i].Text
		r.add(i, reason)
	}
	into.queues = mergeNames(into.queues, w.queues)
}
