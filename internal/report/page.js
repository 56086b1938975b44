(function () {
  'use strict';
  var root = document.documentElement;
  var $ = function (id) { return document.getElementById(id); };
  var all = function (selector, from) { return Array.prototype.slice.call((from || document).querySelectorAll(selector)); };
  root.classList.add('js');

  // Light and dark: the reader's system decides until the button is used. Nothing is stored.
  var theme = $('theme');
  var system = window.matchMedia('(prefers-color-scheme: dark)');
  var isDark = function () { return root.dataset.theme ? root.dataset.theme === 'dark' : system.matches; };
  var nameTheme = function () {
    theme.textContent = isDark() ? 'Light' : 'Dark';
    theme.setAttribute('aria-label', 'Use the ' + (isDark() ? 'light' : 'dark') + ' theme');
  };
  theme.hidden = false;
  theme.addEventListener('click', function () {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    nameTheme();
  });
  system.addEventListener('change', nameTheme);
  nameTheme();

  // For paper everything that is shown is opened; older browsers need it done by hand.
  var closed = [];
  window.addEventListener('beforeprint', function () {
    closed = all('details:not([open])').filter(function (d) { return !d.closest('[hidden]'); });
    closed.forEach(function (d) { d.open = true; });
  });
  window.addEventListener('afterprint', function () {
    closed.forEach(function (d) { d.open = false; });
    closed = [];
  });

  var form = $('filters');
  if (!form) { return; }
  var query = $('q'), component = $('component'), orphan = $('orphan'), undecided = $('undecided');
  var boxes = all('input[type=checkbox]', form);
  var groups = all('.group').map(function (el) { return { el: el, shown: 0 }; });
  var findings = [];
  groups.forEach(function (group) {
    all('.finding', group.el).forEach(function (el) {
      var d = el.dataset;
      findings.push({
        el: el, group: group, details: el.firstElementChild, summary: el.querySelector('summary'),
        klass: d.class, component: d.component, severity: d.severity, orphan: 'orphan' in d, undecided: 'undecided' in d, text: ''
      });
    });
  });
  var plain = function (n) { return String(n).replace(/\B(?=(\d{3})+$)/g, ','); };

  // What the search looks in: all that is said about a finding, but not its lines.
  var textOf = function (f) {
    if (!f.text) {
      f.text = [f.summary].concat(all('.say, .why, .at, .note', f.el)).map(function (el) { return el.textContent; }).join('\n').toLowerCase();
    }
    return f.text;
  };
  var checked = function (name) {
    return boxes.filter(function (b) { return b.name === name && b.checked; }).map(function (b) { return b.value; });
  };

  var apply = function () {
    var classes = checked('class'), levels = checked('severity');
    var words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    groups.forEach(function (g) { g.shown = 0; });
    findings.forEach(function (f) {
      var fits = (!classes.length || classes.indexOf(f.klass) >= 0) &&
        (!levels.length || levels.indexOf(f.severity) >= 0) &&
        (!component.value || component.value === '=' + f.component) &&
        (!orphan.checked || f.orphan) && (!undecided.checked || f.undecided) &&
        words.every(function (w) { return textOf(f).indexOf(w) >= 0; });
      if (f.el.hidden === fits) { f.el.hidden = !fits; }
      if (fits) { shown++; f.group.shown++; }
    });
    groups.forEach(function (g) { g.el.hidden = g.shown === 0; });
    $('nothing').hidden = shown > 0;
    $('shown').textContent = plain(shown) + ' of ' + plain(findings.length) + ' shown';
    root.classList.toggle('filtered', shown < findings.length);
  };

  // The fragment of the address holds the filters, so that a view can be linked.
  var save = function () {
    var p = new URLSearchParams();
    if (checked('class').length) { p.set('class', checked('class').join(',')); }
    if (component.value) { p.set('component', component.value.slice(1)); }
    if (checked('severity').length) { p.set('severity', checked('severity').join(',')); }
    if (orphan.checked) { p.set('orphan', '1'); }
    if (undecided.checked) { p.set('undecided', '1'); }
    if (query.value.trim()) { p.set('q', query.value.trim()); }
    var hash = p.toString();
    if (location.hash.slice(1) !== hash) {
      history.replaceState(null, '', hash ? '#' + hash : location.pathname + location.search);
    }
  };
  var load = function () {
    var hash = location.hash.slice(1);
    if (hash.indexOf('=') < 0) {
      var target = hash && $(hash);
      if (target && target.classList.contains('finding')) {
        target.firstElementChild.open = true;
        if (target.hidden) { reset(); }
        target.scrollIntoView();
      }
      return;
    }
    var p = new URLSearchParams(hash);
    var wanted = { 'class': (p.get('class') || '').split(','), severity: (p.get('severity') || '').split(',') };
    boxes.forEach(function (b) { if (b.name) { b.checked = wanted[b.name].indexOf(b.value) >= 0; } });
    component.value = p.has('component') ? '=' + p.get('component') : '';
    if (component.selectedIndex < 0) { component.value = ''; }
    orphan.checked = p.get('orphan') === '1';
    undecided.checked = p.get('undecided') === '1';
    query.value = p.get('q') || '';
    apply();
  };
  var reset = function () {
    boxes.forEach(function (b) { b.checked = false; });
    component.value = '';
    query.value = '';
    change();
  };
  var change = function () { apply(); save(); };

  // Numbers in the tables above lead to what they count.
  var link = function (el, key, value) {
    var a = document.createElement('a');
    a.href = '#' + new URLSearchParams([[key, value]]).toString();
    while (el.firstChild) { a.appendChild(el.firstChild); }
    a.addEventListener('click', function () { setTimeout(function () { $('findings').scrollIntoView(); }); });
    el.appendChild(a);
  };
  all('[data-go-class]').forEach(function (el) { link(el.querySelector('dt'), 'class', el.dataset.goClass); });
  all('[data-go-component]').forEach(function (el) { link(el, 'component', el.dataset.goComponent); });

  var nameOpen = function () {
    var open = findings.some(function (f) { return !f.el.hidden && !f.details.open; });
    $('open').textContent = open ? 'Open all' : 'Close all';
    return open;
  };
  $('open').addEventListener('click', function () {
    var open = nameOpen();
    findings.forEach(function (f) { if (!f.el.hidden) { f.details.open = open; } });
  });
  var naming = 0;
  document.addEventListener('toggle', function () {
    if (!naming) { naming = setTimeout(function () { naming = 0; nameOpen(); }, 50); }
  }, true);
  $('clear').addEventListener('click', reset);
  form.addEventListener('submit', function (e) { e.preventDefault(); });
  form.addEventListener('input', change);
  window.addEventListener('hashchange', load);

  var move = function (step) {
    var visible = findings.filter(function (f) { return !f.el.hidden; });
    if (!visible.length) { return; }
    var at = -1;
    visible.some(function (f, i) { at = f.el.contains(document.activeElement) ? i : -1; return at >= 0; });
    at = at < 0 ? (step > 0 ? 0 : visible.length - 1) : Math.min(visible.length - 1, Math.max(0, at + step));
    visible[at].summary.focus();
  };
  document.addEventListener('keydown', function (e) {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) { return; }
    var typing = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName) && e.target.type !== 'checkbox';
    if (e.key === 'Escape') {
      if (typing) { e.target.blur(); }
      reset();
      e.preventDefault();
    } else if (typing) {
      return;
    } else if (e.key === '/') {
      query.focus();
      query.select();
      e.preventDefault();
    } else if (e.key === 'j' || e.key === 'k') {
      move(e.key === 'j' ? 1 : -1);
      e.preventDefault();
    }
  });

  // What the first search would have to collect is collected when there is time.
  var next = 0;
  var collect = function () {
    for (var end = next + 200; next < end && next < findings.length; next++) { textOf(findings[next]); }
    if (next < findings.length) { setTimeout(collect, 20); }
  };
  setTimeout(collect, 200);

  form.hidden = false;
  apply();
  load();
  nameOpen();
})();
