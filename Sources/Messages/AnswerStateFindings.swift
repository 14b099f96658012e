// What is wrong with what was handed in, and with the page.
extension AnswerState {
  static let lookalikeTexts = AnswerTexts(
    word: FourTexts(
      en: "Not our link",
      ar: "رابط لا يخصنا",
      fr: "Pas notre lien",
      zh: "非本站链接"
    ),
    headings: [
      FourTexts(
        en: "This link does not lead to us",
        ar: "هذا الرابط لا يؤدي إلينا",
        fr: "Ce lien ne mène pas chez nous",
        zh: "此链接并不通向我们"
      )
    ],
    lines: [
      FourTexts(
        en: "{host} imitates {ours}.",
        ar: "يقلّد العنوان {host} عنواننا {ours}.",
        fr: "{host} imite {ours}.",
        zh: "{host} 仿冒 {ours}。"
      )
    ],
    advice: FourTexts(
      en: "Do not enter anything there. Report it.",
      ar: "لا تُدخل فيه أي بيانات، وأبلغ عنه.",
      fr: "N’y saisissez rien. Signalez-le.",
      zh: "请勿在该处输入任何内容，并请举报。"
    )
  )

  static let unknownIssuerTexts = AnswerTexts(
    word: FourTexts(
      en: "Unknown issuer",
      ar: "جهة مجهولة",
      fr: "Émetteur inconnu",
      zh: "未知签发者"
    ),
    headings: [
      FourTexts(
        en: "No chamber that we know issued this",
        ar: "لم تُصدر هذه الشهادة أي غرفة نعرفها",
        fr: "Aucune chambre que nous connaissons ne l’a délivré",
        zh: "我们所知的商会均未签发此证书"
      )
    ],
    lines: [
      FourTexts(
        en: "Neither {authority} nor anyone it recognises lists the issuer.",
        ar: "لا تُدرج {authority} ولا أي جهة تعترف بها هذا المُصدِر.",
        fr: "Ni {authority} ni les autorités qu’elle reconnaît ne citent cet émetteur.",
        zh: "{authority} 及其认可的机构均未列出该签发者。"
      ),
      FourTexts(
        en: "Neither our list nor a list that it recognises names the issuer.",
        ar: "لا تَرِد جهة الإصدار في قائمتنا ولا في القوائم التي تعترف بها.",
        fr: "Ni notre liste ni celles qu’elle reconnaît ne citent cet émetteur.",
        zh: "我们的名单及其认可的名单均未列出该签发者。"
      ),
    ],
    advice: FourTexts(
      en: "Do not rely on it.",
      ar: "لا تعتمد عليها.",
      fr: "Ne vous y fiez pas.",
      zh: "请勿信赖它。"
    )
  )

  static let notGenuineTexts = AnswerTexts(
    word: FourTexts(
      en: "Not genuine",
      ar: "غير أصلية",
      fr: "Non authentique",
      zh: "非真实证书"
    ),
    headings: [
      FourTexts(
        en: "This is not a chamber's certificate",
        ar: "هذه ليست شهادة صادرة عن غرفة",
        fr: "Ceci n’est pas un certificat d’une chambre",
        zh: "这不是商会的证书"
      )
    ],
    lines: [
      FourTexts(
        en: "{reason}",
        ar: "{reason}",
        fr: "{reason}",
        zh: "{reason}"
      )
    ],
    advice: FourTexts(
      en: "Report it.",
      ar: "أبلغ عنها.",
      fr: "Signalez-le.",
      zh: "请举报。"
    )
  )

  static let notInLogTexts = AnswerTexts(
    word: FourTexts(
      en: "Not in the log",
      ar: "غير مقيّدة",
      fr: "Absent du registre public",
      zh: "未入公开日志"
    ),
    headings: [
      FourTexts(
        en: "This was never entered in the public log",
        ar: "لم تُقيَّد هذه الشهادة قط في السجل العام",
        fr: "Ce certificat n’a jamais été inscrit au registre public",
        zh: "此证书从未记入公开日志"
      )
    ],
    lines: [
      FourTexts(
        en: "Every genuine certificate is.",
        ar: "وكل شهادة أصلية مقيّدة فيه.",
        fr: "Tout certificat authentique y figure.",
        zh: "每份真实的证书都在其中。"
      )
    ],
    advice: FourTexts(
      en: "Do not rely on it. Report it.",
      ar: "لا تعتمد عليها، وأبلغ عنها.",
      fr: "Ne vous y fiez pas. Signalez-le.",
      zh: "请勿信赖它，并请举报。"
    )
  )

  static let mistypedTexts = AnswerTexts(
    word: FourTexts(
      en: "Mistyped",
      ar: "خطأ في الكتابة",
      fr: "Erreur de saisie",
      zh: "输入有误"
    ),
    headings: [
      FourTexts(
        en: "This number is mistyped",
        ar: "في هذا الرقم خطأ كتابي",
        fr: "Ce numéro comporte une faute de saisie",
        zh: "此编号输入有误"
      )
    ],
    lines: [
      FourTexts(
        en: "The last two characters do not fit the others.",
        ar: "لا يطابق الحرفان الأخيران بقية الرقم.",
        fr: "Les deux derniers caractères ne correspondent pas aux autres.",
        zh: "最后两个字符与其余字符不符。"
      )
    ],
    advice: FourTexts(
      en: "Compare it with the badge, character by character.",
      ar: "قارنه بالشارة حرفًا حرفًا.",
      fr: "Comparez-le au badge, caractère par caractère.",
      zh: "请与徽章逐字核对。"
    )
  )

  static let unknownNumberTexts = AnswerTexts(
    word: FourTexts(
      en: "Unknown number",
      ar: "رقم غير معروف",
      fr: "Numéro inconnu",
      zh: "编号不存在"
    ),
    headings: [
      FourTexts(
        en: "No certificate has this number",
        ar: "لا توجد شهادة بهذا الرقم",
        fr: "Aucun certificat ne porte ce numéro",
        zh: "没有此编号的证书"
      )
    ],
    lines: [
      FourTexts(
        en: "We looked in the register at {time}.",
        ar: "بحثنا في السجل في {time}.",
        fr: "Nous avons consulté le registre à l’heure suivante\u{A0}: {time}.",
        zh: "我们已于 {time} 查阅登记册。"
      )
    ],
    advice: FourTexts(
      en: "Check the number. If it is right, treat the badge as false.",
      ar: "تأكد من الرقم، وإن كان صحيحًا فاعتبر الشارة مزيفة.",
      fr: "Vérifiez le numéro\u{A0}; s’il est exact, tenez le badge pour faux.",
      zh: "请核对编号；如编号无误，应视该徽章为假。"
    )
  )

  static let pageLostTexts = AnswerTexts(
    word: FourTexts(
      en: "Page lost",
      ar: "صفحة لم تعد له",
      fr: "Page perdue",
      zh: "页面已失"
    ),
    headings: [
      FourTexts(
        en: "This page is no longer {holder}'s",
        ar: "لم تعد هذه الصفحة تخص {holder}",
        fr: "Cette page n’est plus celle de {holder}",
        zh: "此页面已不属于 {holder}"
      )
    ],
    lines: [
      FourTexts(
        en: "Since {date} the chamber does not confirm {page} any more.",
        ar: "لم تعد الغرفة تؤكد {page} منذ {date}.",
        fr: "Depuis le {date}, la chambre ne confirme plus {page}.",
        zh: "自 {date} 起，商会不再确认 {page}。"
      ),
      FourTexts(
        en: "The chamber does not confirm {page} any more.",
        ar: "لم تعد الغرفة تؤكد {page}.",
        fr: "La chambre ne confirme plus {page}.",
        zh: "商会不再确认 {page}。"
      ),
    ],
    advice: FourTexts(
      en: "Do not rely on it here. Report it.",
      ar: "لا تعتمد عليها في هذه الصفحة، وأبلغ عنها.",
      fr: "Ne vous y fiez pas ici. Signalez-le.",
      zh: "请勿在此页面信赖它，并请举报。"
    )
  )

  static let pageRemovedTexts = AnswerTexts(
    word: FourTexts(
      en: "Page removed",
      ar: "صفحة محذوفة",
      fr: "Page retirée",
      zh: "页面已移除"
    ),
    headings: [
      FourTexts(
        en: "This page was taken off the certificate",
        ar: "حُذفت هذه الصفحة من الشهادة",
        fr: "Cette page a été retirée du certificat",
        zh: "此页面已从证书中移除"
      )
    ],
    lines: [
      FourTexts(
        en: "It was taken off on {date}.",
        ar: "حُذفت بتاريخ {date}.",
        fr: "Elle a été retirée le {date}.",
        zh: "移除日期：{date}。"
      ),
      FourTexts(
        en: "It belongs to the certificate no longer.",
        ar: "لم تعد من صفحات الشهادة.",
        fr: "Elle ne fait plus partie du certificat.",
        zh: "它已不再属于该证书。"
      ),
    ],
    advice: FourTexts(
      en: "Do not rely on it here.",
      ar: "لا تعتمد عليها في هذه الصفحة.",
      fr: "Ne vous y fiez pas ici.",
      zh: "请勿在此页面信赖它。"
    )
  )

  static let pageTwinTexts = AnswerTexts(
    word: FourTexts(
      en: "Nearly the same",
      ar: "عنوان مشابه",
      fr: "Presque la même",
      zh: "几乎相同"
    ),
    headings: [
      FourTexts(
        en: "The same name with or without www is registered",
        ar: "المسجَّل هو الاسم نفسه مع www أو من دونه",
        fr: "Le même nom est enregistré, avec ou sans www",
        zh: "登记的是带或不带 www 的同一名称"
      )
    ],
    lines: [
      FourTexts(
        en: "Registered: {registered}.",
        ar: "المسجَّل: {registered}.",
        fr: "Enregistré\u{A0}: {registered}.",
        zh: "已登记：{registered}。"
      )
    ],
    advice: FourTexts(
      en: "Open the registered address and check again.",
      ar: "افتح العنوان المسجَّل وتحقق مرة أخرى.",
      fr: "Ouvrez l’adresse enregistrée et vérifiez de nouveau.",
      zh: "请打开已登记的地址，再次核验。"
    )
  )

  static let otherPageTexts = AnswerTexts(
    word: FourTexts(
      en: "Different page",
      ar: "صفحة أخرى",
      fr: "Autre page",
      zh: "页面不符"
    ),
    headings: [
      FourTexts(
        en: "This certificate belongs to a different page",
        ar: "هذه الشهادة تخص صفحة أخرى",
        fr: "Ce certificat se rapporte à une autre page",
        zh: "此证书属于另一个页面"
      )
    ],
    lines: [
      FourTexts(
        en: "It was issued to {holder} for {registered}. You asked about {page}.",
        ar: "صدرت الشهادة باسم {holder} للصفحة {registered}. أما سؤالك فكان عن {page}.",
        fr: "Il a été délivré à {holder} pour {registered}. Votre demande porte sur {page}.",
        zh: "它签发给 {holder}，用于 {registered}。您查询的是 {page}。"
      ),
      FourTexts(
        en: "It was issued to {holder}, and names no page. You asked about {page}.",
        ar: "صدرت الشهادة باسم {holder} ولا تذكر أي صفحة. أما سؤالك فكان عن {page}.",
        fr: "Il a été délivré à {holder} et ne cite aucune page. Votre demande porte sur {page}.",
        zh: "它签发给 {holder}，未列出任何页面。您查询的是 {page}。"
      ),
      FourTexts(
        en: "It does not name {page}.",
        ar: "لا تذكر الشهادة الصفحة {page}.",
        fr: "Il ne cite pas {page}.",
        zh: "它未列出 {page}。"
      ),
    ],
    advice: FourTexts(
      en: "Do not rely on it here. Report it.",
      ar: "لا تعتمد عليها في هذه الصفحة، وأبلغ عنها.",
      fr: "Ne vous y fiez pas ici. Signalez-le.",
      zh: "请勿在此页面信赖它，并请举报。"
    )
  )
}
