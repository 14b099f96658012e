import HTTPTypes
import Hummingbird

/// The one style sheet. Logical properties throughout, so that Arabic needs no second set of rules.
enum Stylesheet {
  static func add(to router: Router<KhatmRequestContext>) {
    router.get("/style.css") { request, _ in
      _ = try Query(request)
      return Reply.bytes(
        bytes,
        [
          .contentType: "text/css; charset=utf-8", .cacheControl: "public, max-age=3600",
          .resourcePolicy: "same-origin",
        ]
      )
    }
  }

  private static let bytes = Array(text.utf8)

  // Contrast on #fff: ink 15.3, quiet 6.6, good 7.0, bad 7.6, wait 6.9, ask 7.8 to 1; button 10.5. Icons use the same
  // colours.
  private static let text = """
    :root {
      --ink: #1d2329; --quiet: #545d66; --paper: #ffffff; --ground: #f3f1ec; --line: #cfcac0; --brand: #17404a; --link: #0f4f66;
      --good: #0a5f3c; --good-ground: #e9f4ec; --bad: #97182a; --bad-ground: #faeceb; --wait: #74480a; --wait-ground: #faf1df; --ask: #1c4b82; --ask-ground: #eaf0f8;
      --radius: .75rem;
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
    body { margin: 0; background: var(--ground); color: var(--ink);
      font: 1.0625rem/1.6 system-ui, "Segoe UI", "Noto Sans", "Noto Sans Arabic", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
    :lang(ar) { line-height: 1.85; letter-spacing: 0; }
    :lang(zh) { line-height: 1.75; }
    .wrap { max-width: 58rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2rem); }
    a { color: var(--link); text-underline-offset: .18em; }
    a:hover { text-decoration-thickness: .14em; }
    :focus-visible { outline: .1875rem solid var(--ask); outline-offset: .1875rem; border-radius: .125rem; }
    h1, h2, p, ul, ol, dl, dd { margin: 0; }
    h1 { font-size: clamp(1.5rem, 1.1rem + 2.2vw, 2.25rem); line-height: 1.25; font-weight: 700; text-wrap: balance; }
    :lang(ar) h1 { line-height: 1.5; }
    h2 { font-size: 1.0625rem; line-height: 1.4; font-weight: 700; margin-block-end: .625rem; }
    :lang(ar) h2 { line-height: 1.65; }
    code, .address { font-family: ui-monospace, "SFMono-Regular", Menlo, "DejaVu Sans Mono", "Noto Sans Mono", monospace; font-size: .94em; }
    .address, dd bdi, .sentence bdi, h1 bdi, li bdi { overflow-wrap: anywhere; }
    /* An address, a number, a moment stays in one piece, and its end never stands alone among words of the other direction. */
    bdi[dir=ltr], .address strong { display: inline-block; max-width: 100%; vertical-align: bottom; overflow-wrap: anywhere; }
    .quiet, .hint, .code { color: var(--quiet); }
    .skip { position: absolute; inset-inline-start: 1rem; inset-block-start: -4rem; background: var(--paper); padding: .5rem 1rem; z-index: 1; }
    .skip:focus { inset-block-start: .5rem; }

    .top { background: var(--brand); color: #fff; }
    .top .wrap { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .25rem 1.5rem; padding-block: .625rem; }
    .top a { color: #fff; }
    .top :focus-visible { outline-color: #fff; }
    .brand { display: inline-flex; align-items: center; gap: .625rem; font-weight: 700; text-decoration: none; min-height: 2.75rem; }
    .seal { fill: #fff; } .seal-ring { fill: none; stroke: var(--brand); stroke-width: 1.5; } .seal-mark { fill: none; stroke: var(--brand); stroke-width: 2; stroke-linecap: round; }
    .languages ul { display: flex; flex-wrap: wrap; gap: 0 .25rem; list-style: none; padding: 0; margin-inline: -.5rem; }
    .languages a, .languages span { display: inline-block; padding: .375rem .5rem; min-width: 2.75rem; min-height: 2.5rem; text-align: center; line-height: 1.75; }
    .languages span { font-weight: 700; box-shadow: inset 0 -.1875rem #fff; }

    main { padding-block: clamp(1.25rem, 4vw, 2.5rem); display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr); }
    .card { background: var(--paper); border: 1px solid var(--line); border-radius: var(--radius); padding: clamp(1rem, 3vw, 1.5rem); }

    .verdict { --tone: var(--wait); --tone-ground: var(--wait-ground); display: flex; flex-wrap: wrap; gap: 1rem clamp(1rem, 4vw, 2rem); background: var(--tone-ground);
      border: .125rem solid var(--tone); border-inline-start-width: .625rem; border-radius: var(--radius); padding: clamp(1.125rem, 4vw, 2rem); }
    .verdict.good { --tone: var(--good); --tone-ground: var(--good-ground); }
    .verdict.bad { --tone: var(--bad); --tone-ground: var(--bad-ground); }
    .verdict.ask { --tone: var(--ask); --tone-ground: var(--ask-ground); }
    .mark { display: flex; flex-direction: column; align-items: center; gap: .5rem; flex: 0 0 7rem; text-align: center; }
    .word { color: var(--tone); font-weight: 700; line-height: 1.35; }
    .icon { width: 4.5rem; height: 4.5rem; display: block; }
    .solid { fill: var(--tone); }
    .line, .cut { fill: none; stroke: var(--tone); stroke-width: 3.5; stroke-linecap: round; stroke-linejoin: round; }
    .dash { stroke-dasharray: 5 5; }
    .cut { stroke: var(--tone-ground); stroke-width: 4.5; } .cut.thin { stroke-width: 2.5; }
    .says { flex: 1 1 20rem; min-width: 0; display: grid; gap: .75rem; grid-template-columns: minmax(0, 1fr); align-content: start; }
    .verdict:not(:has(.mark)) { display: grid; gap: .75rem; }
    .sentence, .strong { font-size: 1.125rem; }
    .strong { font-weight: 700; }
    .advice { background: var(--paper); border-radius: .5rem; padding: .625rem .875rem; font-weight: 600; }
    .label { display: block; font-size: .875rem; font-weight: 400; color: var(--quiet); }
    .reasons ul { padding-inline-start: 1.25rem; }
    .reasons h2 { margin-block-end: .25rem; }
    .code { font-size: .8125rem; }

    dl > div { display: grid; grid-template-columns: minmax(9rem, 14rem) minmax(0, 1fr); gap: 0 1rem; padding-block: .4375rem; border-block-end: 1px solid #e8e4db; }
    dl > div:last-child { border-block-end: 0; }
    dt { color: var(--quiet); }
    .times { border-block-start: 1px solid color-mix(in srgb, var(--tone) 30%, transparent); padding-block-start: .5rem; font-size: .9375rem; }
    .times > div { border: 0; padding-block: .0625rem; }
    .times dt { color: var(--ink); }

    .pages { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); }
    .pages > form, .pages > form:first-child + .card { grid-column: 1 / -1; }
    .asked { font-size: 1.0625rem; }
    .addresses { list-style: none; padding: 0; display: grid; gap: .625rem; }
    .addresses .address { display: block; }
    .kind { color: var(--quiet); font-size: .9375rem; }
    .facts strong { font-size: 1.125rem; }
    .meaning { display: grid; gap: 1.25rem 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); }
    .meaning ul { list-style: none; padding: 0; display: grid; gap: .375rem; }
    .meaning li { padding-inline-start: 1.75rem; position: relative; }
    .meaning li::before { position: absolute; inset-inline-start: 0; font-weight: 700; }
    .yes li::before { content: "+" / ""; color: var(--good); } .no li::before { content: "\\2212" / ""; color: var(--bad); }
    .history { padding-inline-start: 1.25rem; margin-block-end: .5rem; }
    .receipt { display: flex; flex-wrap: wrap; gap: 1rem 2rem; justify-content: space-between; }
    .receipt > div { flex: 1 1 18rem; min-width: 0; display: grid; gap: .625rem; align-content: start; }
    .receipt img { flex: none; background: #fff; }

    label { font-weight: 700; display: block; }
    .hint { font-size: .9375rem; }
    .row { display: flex; flex-wrap: wrap; gap: .625rem; margin-block-start: .5rem; }
    input { font: inherit; color: inherit; background: #fff; border: 1px solid #757f88; border-radius: .5rem; padding: .5rem .75rem; min-height: 2.75rem; flex: 1 1 14rem; min-width: 0; max-width: 100%; }
    input[type=file] { padding: .4375rem; }
    input::placeholder { color: #646d76; opacity: 1; }
    input[aria-invalid=true] { border: .125rem solid var(--bad); }
    button, .button { font: inherit; font-weight: 700; color: #fff; background: var(--brand); border: .125rem solid var(--brand); border-radius: .5rem; padding: .5rem 1.25rem; min-height: 2.75rem;
      cursor: pointer; text-decoration: none; display: inline-block; line-height: 1.5; }
    button:hover, .button:hover { background: #0d2e36; }
    .quiet-button { color: var(--brand); background: #fff; }
    .quiet-button:hover { color: #fff; }
    .mistake { color: var(--bad); font-weight: 600; border-inline-start: .25rem solid var(--bad); padding-inline-start: .625rem; margin-block: .375rem; }

    .report details > form { display: grid; gap: .75rem; margin-block-start: 1rem; }
    summary { cursor: pointer; min-height: 2rem; }
    fieldset { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem 1rem; margin: 0; min-width: 0; }
    legend { font-weight: 700; padding-inline: .25rem; }
    .choice { font-weight: 400; display: flex; gap: .625rem; align-items: center; min-height: 2.5rem; }
    input[type=radio] { flex: none; width: 1.5rem; height: 1.5rem; min-height: 0; margin: 0; padding: 0; accent-color: var(--brand); }
    textarea { font: inherit; color: inherit; background: #fff; border: 1px solid #757f88; border-radius: .5rem; padding: .5rem .75rem; width: 100%; resize: vertical; }
    .jws { display: block; overflow-wrap: anywhere; font-size: .8125rem; max-height: 16rem; overflow-y: auto; }

    .lead { display: grid; gap: .5rem; max-width: 44rem; }
    .lead p { font-size: 1.125rem; }
    .tasks { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
    .how ol, .links, .notes { padding-inline-start: 1.375rem; display: grid; gap: .25rem; }
    .links a { display: inline-block; min-height: 1.75rem; }
    .results { list-style: none; padding: 0; display: grid; gap: 1rem; }
    .result h2 { font-size: 1.1875rem; }
    .state { font-weight: 700; } .in-force { color: var(--good); }

    .foot { border-block-start: 1px solid var(--line); background: var(--paper); }
    .foot .wrap { padding-block: 1.5rem 2rem; display: grid; gap: .375rem; }
    .must { font-weight: 700; }
    .print-only { display: none; }

    @media (max-width: 36rem) {
      .mark { flex-direction: row; flex-basis: 100%; justify-content: flex-start; text-align: start; }
      .icon { width: 3.25rem; height: 3.25rem; flex: none; }
      .word { font-size: 1.125rem; }
      dl > div { grid-template-columns: minmax(0, 1fr); padding-block: .375rem; }
      .times > div { padding-block: .1875rem; }
      button { flex: 1 1 auto; }
    }
    @media (prefers-reduced-motion: no-preference) { button, .button, .skip { transition: background-color .12s, color .12s, inset-block-start .12s; } }
    @media (forced-colors: active) {
      .solid { fill: CanvasText; } .line { stroke: CanvasText; } .cut { stroke: Canvas; }
      .seal { fill: CanvasText; } .seal-ring, .seal-mark { stroke: Canvas; }
      .verdict, .card, button, .button { border: .125rem solid CanvasText; }
      .languages span { border-block-end: .1875rem solid CanvasText; }
    }
    @media print {
      body, .top, .card, .verdict, .advice, .foot { background: #fff !important; color: #000; }
      .top, .top a { color: #000; } .top { border-block-end: 1px solid #000; }
      .verdict { border-color: #000; --tone: #000; --tone-ground: #fff; }
      .skip, .languages, form, details, .report, .button { display: none; }
      .print-only { display: block; font-weight: 700; }
      .card { border-color: #777; break-inside: avoid; padding: .625rem .875rem; }
      main { gap: .75rem; padding-block: .75rem; } body { font-size: 11pt; }
      a[href^="https:"]::after { content: " (" attr(href) ")"; font-weight: 400; }
    }
    """
}
