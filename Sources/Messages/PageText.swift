/// The words of the person's page (`GET /c/{id}`), from top to bottom.
public enum PageText: String, CaseIterable, Hashable, Sendable {
  // Frame
  case siteTitle, skipToContent, languages, privacyLine, addressMustBegin, lookAtTheAddressBar, telephone, startPage
  // 1 verdict
  case whatToDo, checkedAt, statusKnownAsOf, checkAgain, answerGoodUntil, why, notes, reasonCode
  // 2 asked and registered
  case youAskedAbout, registeredPages, noRegisteredPages, registeredSite, registeredDomain, registeredPath,
    registeredShop,
    finalAddress, pageFieldLabel, pageFieldHint, checkThisPage, noPageStated, openNewer, pageProved, pageProofOver,
    pageVouched, pageNamed, cameFromWhichPage, cameFromElsewhere
  // 3 who
  case who, names, nameInArabic, nameInEnglish, nameInFrench, nameInChinese, nameInOther, registerNumber, country,
    memberSince,
    membershipNumber, programme, certificateNumber, validFrom, validUntil
  // 4 who says so
  case whoSaysSo, chamber, recognisedBy, chamberSite, keyFingerprint
  // 5 meaning
  case whatItMeans, meansMember, meansInForce, meansWasInForce, meansPageProved, meansPageVouched,
    meansPageDeclared, whatItDoesNotMean, notQuality, notPrices, notPayment,
    notOtherShops
  // 6 history
  case history, eventIssued, eventSuspended, eventReinstated, eventRevoked, eventSuperseded, eventPageAdded,
    eventPageRemoved,
    eventPageProved, noReasonsShown
  // 7 misuse
  case reportMisuse, reportIntro, reportKind, reportKindOtherPage, reportKindFalse, reportKindPressure, reportKindOther,
    reportPage, reportText, reportSend, reportNoPersonalData, reportThanks, reportReference, reportTooMany
  // 8 receipt and print
  case receipt, receiptNumber, receiptMeaning, signedAnswer, qrToThisCheck, print, printNotice, timeUTC, timeLocal
  // a read page
  case badgesFound, badgeInLine, notExamined, notExaminedScripts, notExaminedFrames, notExaminedStyleSheets,
    visibilityNotChecked,
    readAt, pageRead

  public var texts: FourTexts {
    switch self {
    case .siteTitle:
      FourTexts(en: "Certificate check", ar: "التحقق من الشهادات", fr: "Vérification de certificats", zh: "证书核验")
    case .skipToContent:
      FourTexts(en: "Skip to the answer", ar: "انتقل إلى النتيجة", fr: "Aller au résultat", zh: "跳到结果")
    case .languages: FourTexts(en: "Language", ar: "اللغة", fr: "Langue", zh: "语言")
    case .privacyLine:
      FourTexts(
        en: "This page sets no cookies and loads nothing from other sites.",
        ar: "لا تستخدم هذه الصفحة ملفات تعريف الارتباط، ولا تحمّل أي شيء من مواقع أخرى.",
        fr: "Cette page ne dépose aucun cookie et ne charge rien depuis d’autres sites.",
        zh: "本页面不使用 Cookie，也不从其他网站加载任何内容。"
      )
    case .addressMustBegin:
      FourTexts(
        en: "This page's address must begin with {host}",
        ar: "يجب أن يبدأ عنوان هذه الصفحة بـ {host}",
        fr: "L’adresse de cette page doit commencer par {host}",
        zh: "本页面的地址必须以 {host} 开头"
      )
    case .lookAtTheAddressBar:
      FourTexts(
        en: "Look at your browser's address bar, not at the page: anyone can draw a page like this one.",
        ar: "انظر إلى شريط العنوان في متصفحك لا إلى الصفحة: فبإمكان أي شخص أن يصمّم صفحة تشبه هذه.",
        fr: "Regardez la barre d’adresse de votre navigateur, non la page\u{A0}: chacun peut imiter une telle page.",
        zh: "请看浏览器的地址栏，而不要只看页面：任何人都能仿制这样的页面。"
      )
    case .telephone: FourTexts(en: "Telephone", ar: "الهاتف", fr: "Téléphone", zh: "电话")
    case .startPage: FourTexts(en: "Start page", ar: "الصفحة الرئيسية", fr: "Page d’accueil", zh: "首页")

    case .whatToDo: FourTexts(en: "What to do", ar: "ما العمل", fr: "Que faire", zh: "您该怎么做")
    case .checkedAt: FourTexts(en: "Checked at", ar: "وقت التحقق", fr: "Vérifié le", zh: "核验时间")
    case .statusKnownAsOf:
      FourTexts(en: "Status known as of", ar: "الحالة المعروفة حتى", fr: "État connu au", zh: "状态截至")
    case .checkAgain: FourTexts(en: "Check again", ar: "تحقق مجددًا", fr: "Vérifier à nouveau", zh: "重新核验")
    case .answerGoodUntil:
      FourTexts(
        en: "This answer is good until",
        ar: "هذه الإجابة صالحة حتى",
        fr: "Cette réponse est valable jusqu’au",
        zh: "此答复有效期至"
      )
    case .why: FourTexts(en: "Why", ar: "السبب", fr: "Pourquoi", zh: "原因")
    case .notes: FourTexts(en: "What else we noticed", ar: "ملاحظات أخرى", fr: "Autres observations", zh: "其他发现")
    case .reasonCode: FourTexts(en: "Code", ar: "الرمز", fr: "Code", zh: "代码")

    case .youAskedAbout:
      FourTexts(en: "You asked about", ar: "الصفحة التي سألت عنها", fr: "Votre demande porte sur", zh: "您查询的页面")
    case .registeredPages:
      FourTexts(en: "Registered pages", ar: "الصفحات المسجلة", fr: "Pages enregistrées", zh: "登记的页面")
    case .noRegisteredPages:
      FourTexts(
        en: "No page is registered on this certificate.",
        ar: "لا توجد صفحة مسجلة في هذه الشهادة.",
        fr: "Aucune page n’est enregistrée sur ce certificat.",
        zh: "此证书未登记任何页面。"
      )
    case .registeredSite:
      FourTexts(
        en: "the whole site",
        ar: "الموقع بأكمله",
        fr: "le site entier",
        zh: "整个网站"
      )
    case .registeredDomain:
      FourTexts(
        en: "the site and all names under it",
        ar: "الموقع وجميع الأسماء الفرعية تحته",
        fr: "le site et tous les noms qui en dépendent",
        zh: "该网站及其下所有名称"
      )
    case .registeredPath:
      FourTexts(
        en: "this part of the site",
        ar: "هذا الجزء من الموقع",
        fr: "cette partie du site",
        zh: "网站的这一部分"
      )
    case .registeredShop:
      FourTexts(
        en: "this shop on the marketplace",
        ar: "هذا المتجر على المنصة",
        fr: "cette boutique sur la place de marché",
        zh: "平台上的这家店铺"
      )
    case .finalAddress:
      FourTexts(
        en: "The page led us to",
        ar: "حوّلتنا الصفحة إلى",
        fr: "La page nous a menés à",
        zh: "该页面把我们带到"
      )
    case .pageFieldLabel:
      FourTexts(
        en: "Address of the page where you saw the badge",
        ar: "عنوان الصفحة التي رأيت فيها الشارة",
        fr: "Adresse de la page où vous avez vu le badge",
        zh: "您看到徽章的页面地址"
      )
    case .pageFieldHint:
      FourTexts(
        en: "Copy it from the address bar of your browser.",
        ar: "انسخه من شريط العنوان في متصفحك.",
        fr: "Copiez-la depuis la barre d’adresse de votre navigateur.",
        zh: "请从浏览器地址栏复制。"
      )
    case .checkThisPage:
      FourTexts(en: "Check this page", ar: "تحقق من هذه الصفحة", fr: "Vérifier cette page", zh: "核验此页面")
    case .noPageStated: FourTexts(en: "No page stated", ar: "لم تُحدَّد صفحة", fr: "Aucune page indiquée", zh: "未指明页面")
    case .pageProved:
      FourTexts(
        en: "Proved on {date}; to be proved again by {until}.",
        ar: "أُثبتت ملكيتها بتاريخ {date}، ويجب تجديد الإثبات حتى {until}.",
        fr: "Prouvée le {date}\u{A0}; à prouver de nouveau d’ici le {until}.",
        zh: "已于 {date} 证明；须在 {until} 前重新证明。"
      )
    case .pageVouched:
      FourTexts(
        en: "An officer of the chamber vouched for it on {date}; until {until}.",
        ar: "شهد بها موظف في الغرفة بتاريخ {date}، حتى {until}.",
        fr: "Attestée par un agent de la chambre le {date}\u{A0}; jusqu’au {until}.",
        zh: "商会官员已于 {date} 担保；至 {until} 止。"
      )
    case .pageNamed:
      FourTexts(
        en: "Named by the company, not proved.",
        ar: "ذكرتها الشركة ولم تُثبت.",
        fr: "Citée par l’entreprise, non prouvée.",
        zh: "由该公司申报，未经证明。"
      )
    case .cameFromWhichPage:
      FourTexts(
        en: "Your browser says you came from {origin}. On which page of it were you?",
        ar: "يقول متصفحك إنك أتيت من {origin}. في أي صفحة منه كنت؟",
        fr: "Votre navigateur indique que vous venez de {origin}. Sur laquelle de ses pages étiez-vous\u{A0}?",
        zh: "您的浏览器显示您来自 {origin}。您当时在其中哪个页面？"
      )
    case .cameFromElsewhere:
      FourTexts(
        en: "Your browser says you came from {origin}. It is not registered here.",
        ar: "يقول متصفحك إنك أتيت من {origin}. وهو غير مسجَّل هنا.",
        fr: "Votre navigateur indique que vous venez de {origin}. Ce site n’est pas enregistré ici.",
        zh: "您的浏览器显示您来自 {origin}。该网站未在此登记。"
      )
    case .pageProofOver:
      FourTexts(
        en: "Proved on {date}; it had to be proved again by {until}.",
        ar: "أُثبتت ملكيتها بتاريخ {date}، وكان يجب تجديد الإثبات حتى {until}.",
        fr: "Prouvée le {date}\u{A0}; elle devait l’être de nouveau d’ici le {until}.",
        zh: "已于 {date} 证明；本应在 {until} 前重新证明。"
      )
    case .openNewer:
      FourTexts(
        en: "Open the newer certificate",
        ar: "افتح الشهادة الأحدث",
        fr: "Ouvrir le certificat plus récent",
        zh: "打开更新的证书"
      )

    case .who: FourTexts(en: "Who", ar: "صاحب الشهادة", fr: "Titulaire", zh: "持有人")
    case .names: FourTexts(en: "Names", ar: "الأسماء", fr: "Noms", zh: "名称")
    case .nameInArabic: FourTexts(en: "Name in Arabic", ar: "الاسم بالعربية", fr: "Nom en arabe", zh: "阿拉伯文名称")
    case .nameInEnglish: FourTexts(en: "Name in English", ar: "الاسم بالإنجليزية", fr: "Nom en anglais", zh: "英文名称")
    case .nameInFrench: FourTexts(en: "Name in French", ar: "الاسم بالفرنسية", fr: "Nom en français", zh: "法文名称")
    case .nameInChinese: FourTexts(en: "Name in Chinese", ar: "الاسم بالصينية", fr: "Nom en chinois", zh: "中文名称")
    case .nameInOther:
      FourTexts(
        en: "Name in another language",
        ar: "الاسم بلغة أخرى",
        fr: "Nom dans une autre langue",
        zh: "其他语言名称"
      )
    case .registerNumber:
      FourTexts(en: "Register number", ar: "رقم القيد في السجل", fr: "Numéro d’immatriculation", zh: "登记号")
    case .country: FourTexts(en: "Country", ar: "الدولة", fr: "Pays", zh: "国家或地区")
    case .memberSince: FourTexts(en: "Member since", ar: "عضو منذ", fr: "Membre depuis", zh: "入会时间")
    case .membershipNumber: FourTexts(en: "Membership number", ar: "رقم العضوية", fr: "Numéro d’adhérent", zh: "会员编号")
    case .programme: FourTexts(en: "Programme", ar: "البرنامج", fr: "Programme", zh: "会员计划")
    case .certificateNumber:
      FourTexts(en: "Certificate number", ar: "رقم الشهادة", fr: "Numéro du certificat", zh: "证书编号")
    case .validFrom: FourTexts(en: "Valid from", ar: "سارية من", fr: "Valable à partir du", zh: "生效日期")
    case .validUntil: FourTexts(en: "Valid until", ar: "سارية حتى", fr: "Valable jusqu’au", zh: "有效期至")

    case .whoSaysSo: FourTexts(en: "Who says so", ar: "الجهة التي تشهد بذلك", fr: "Qui l’atteste", zh: "由谁证明")
    case .chamber: FourTexts(en: "Chamber", ar: "الغرفة", fr: "Chambre", zh: "商会")
    case .recognisedBy: FourTexts(en: "Recognised by", ar: "معترف بها من", fr: "Reconnue par", zh: "认可机构")
    case .chamberSite: FourTexts(en: "The chamber's own site", ar: "موقع الغرفة", fr: "Site de la chambre", zh: "商会网站")
    case .keyFingerprint: FourTexts(en: "Key fingerprint", ar: "بصمة المفتاح", fr: "Empreinte de la clé", zh: "密钥指纹")

    case .whatItMeans: FourTexts(en: "What it means", ar: "ما تعنيه الشهادة", fr: "Ce que cela signifie", zh: "这表示什么")
    case .meansMember:
      FourTexts(
        en: "The chamber entered this company as its member and compared its licence.",
        ar: "قيّدت الغرفة هذه الشركة عضوًا فيها وقارنت بيانات رخصتها.",
        fr: "La chambre a inscrit cette entreprise comme membre et comparé sa licence.",
        zh: "商会已将该公司登记为会员，并核对了其执照。"
      )
    case .meansInForce:
      FourTexts(
        en: "The membership was in force at {time}.",
        ar: "كانت العضوية سارية في {time}.",
        fr: "L’adhésion était en vigueur à l’heure suivante\u{A0}: {time}.",
        zh: "在 {time} 时，会员资格有效。"
      )
    case .meansWasInForce:
      FourTexts(
        en: "It was in force from {from} to {until}.",
        ar: "كانت سارية من {from} إلى {until}.",
        fr: "Il était en vigueur du {from} au {until}.",
        zh: "它自 {from} 至 {until} 有效。"
      )
    case .meansPageProved:
      FourTexts(
        en: "Control of {page} was proved on {date}, to be proved again by {until}.",
        ar: "أُثبت التحكم في {page} بتاريخ {date}، ويجب تجديد الإثبات حتى {until}.",
        fr: "La maîtrise de {page} a été prouvée le {date}, à prouver de nouveau d’ici le {until}.",
        zh: "已于 {date} 证明对 {page} 的控制，须在 {until} 前重新证明。"
      )
    case .meansPageVouched:
      FourTexts(
        en: "An officer of the chamber vouched for {page} on {date}; until {until}.",
        ar: "شهد موظف في الغرفة بالصفحة {page} بتاريخ {date}، حتى {until}.",
        fr: "Un agent de la chambre a attesté {page} le {date}\u{A0}; jusqu’au {until}.",
        zh: "商会官员已于 {date} 担保 {page}；至 {until} 止。"
      )
    case .meansPageDeclared:
      FourTexts(
        en: "{page} was named by the company and not proved.",
        ar: "ذكرت الشركة الصفحة {page} ولم تُثبت.",
        fr: "{page} a été citée par l’entreprise, sans être prouvée.",
        zh: "{page} 由该公司申报，未经证明。"
      )
    case .whatItDoesNotMean:
      FourTexts(
        en: "What it does not mean",
        ar: "ما لا تعنيه الشهادة",
        fr: "Ce que cela ne signifie pas",
        zh: "这不表示什么"
      )
    case .notQuality:
      FourTexts(
        en: "It says nothing about the quality of the products.",
        ar: "لا تتناول الشهادة جودة المنتجات.",
        fr: "Il ne dit rien de la qualité des produits.",
        zh: "它不说明产品质量。"
      )
    case .notPrices:
      FourTexts(
        en: "It says nothing about prices.",
        ar: "لا تتناول الشهادة الأسعار.",
        fr: "Il ne dit rien des prix.",
        zh: "它不说明价格。"
      )
    case .notPayment:
      FourTexts(
        en: "It does not make a payment safe.",
        ar: "لا تضمن الشهادة سلامة الدفع.",
        fr: "Il ne garantit pas la sécurité du paiement.",
        zh: "它不保证付款安全。"
      )
    case .notOtherShops:
      FourTexts(
        en: "It does not cover other shops of this seller.",
        ar: "لا تشمل الشهادة متاجر أخرى لهذا البائع.",
        fr: "Il ne couvre pas les autres boutiques de ce vendeur.",
        zh: "它不涵盖该卖家的其他店铺。"
      )

    case .history: FourTexts(en: "History", ar: "السجل الزمني", fr: "Historique", zh: "历史记录")
    case .eventIssued: FourTexts(en: "Issued", ar: "إصدار", fr: "Délivrance", zh: "签发")
    case .eventSuspended: FourTexts(en: "Suspended", ar: "تعليق", fr: "Suspension", zh: "暂停")
    case .eventReinstated:
      FourTexts(en: "Suspension lifted", ar: "إنهاء التعليق", fr: "Fin de la suspension", zh: "解除暂停")
    case .eventRevoked: FourTexts(en: "Withdrawn", ar: "سحب", fr: "Retrait", zh: "撤销")
    case .eventSuperseded: FourTexts(en: "Replaced", ar: "استبدال", fr: "Remplacement", zh: "被取代")
    case .eventPageAdded: FourTexts(en: "Page registered", ar: "تسجيل صفحة", fr: "Page enregistrée", zh: "登记页面")
    case .eventPageRemoved: FourTexts(en: "Page removed", ar: "إزالة صفحة", fr: "Page retirée", zh: "移除页面")
    case .eventPageProved:
      FourTexts(en: "Page proved again", ar: "تجديد إثبات صفحة", fr: "Page prouvée à nouveau", zh: "页面重新证明")
    case .noReasonsShown:
      FourTexts(
        en: "Only dates are shown here; the chamber does not publish its reasons.",
        ar: "تُعرض هنا التواريخ فقط؛ ولا تنشر الغرفة الأسباب.",
        fr: "Seules les dates figurent ici\u{A0}; la chambre ne publie pas ses motifs.",
        zh: "此处仅显示日期；商会不公布原因。"
      )

    case .reportMisuse:
      FourTexts(en: "Report misuse", ar: "الإبلاغ عن إساءة استخدام", fr: "Signaler un abus", zh: "举报滥用")
    case .reportIntro:
      FourTexts(
        en: "Your report goes to the chamber, together with the result of this check.",
        ar: "يُرسل بلاغك إلى الغرفة مرفقًا بنتيجة هذا التحقق.",
        fr: "Votre signalement est transmis à la chambre avec le résultat de cette vérification.",
        zh: "您的举报将连同本次核验结果一并送交商会。"
      )
    case .reportKind:
      FourTexts(en: "What is wrong?", ar: "ما المشكلة؟", fr: "Quel est le problème\u{A0}?", zh: "有什么问题？")
    case .reportKindOtherPage:
      FourTexts(
        en: "The badge is shown on a page it does not belong to",
        ar: "الشارة معروضة في صفحة لا تخصها",
        fr: "Le badge figure sur une page à laquelle il ne se rapporte pas",
        zh: "徽章出现在不属于它的页面上"
      )
    case .reportKindFalse:
      FourTexts(
        en: "The badge or the certificate is false",
        ar: "الشارة أو الشهادة مزيفة",
        fr: "Le badge ou le certificat est faux",
        zh: "徽章或证书是假的"
      )
    case .reportKindPressure:
      FourTexts(
        en: "Somebody demands money because of it",
        ar: "يطالب أحدهم بالمال بسببها",
        fr: "Quelqu’un réclame de l’argent à ce propos",
        zh: "有人以此索要钱财"
      )
    case .reportKindOther: FourTexts(en: "Something else", ar: "أمر آخر", fr: "Autre chose", zh: "其他")
    case .reportPage:
      FourTexts(
        en: "Address of the page (if you know it)",
        ar: "عنوان الصفحة (إن كنت تعرفه)",
        fr: "Adresse de la page (si vous la connaissez)",
        zh: "页面地址（如知道）"
      )
    case .reportText:
      FourTexts(
        en: "What you saw (optional)",
        ar: "ما الذي رأيته (اختياري)",
        fr: "Ce que vous avez vu (facultatif)",
        zh: "您所看到的情况（可不填）"
      )
    case .reportSend: FourTexts(en: "Send the report", ar: "إرسال البلاغ", fr: "Envoyer le signalement", zh: "提交举报")
    case .reportNoPersonalData:
      FourTexts(
        en: "We do not ask who you are. Please write nothing personal.",
        ar: "لا نطلب معرفة هويتك. يُرجى عدم كتابة أي بيانات شخصية.",
        fr: "Nous ne demandons pas qui vous êtes. N’écrivez rien de personnel.",
        zh: "我们不询问您的身份。请勿填写个人信息。"
      )
    case .reportThanks:
      FourTexts(
        en: "Thank you. The chamber has your report.",
        ar: "شكرًا لك. وصل بلاغك إلى الغرفة.",
        fr: "Merci. La chambre a reçu votre signalement.",
        zh: "谢谢。商会已收到您的举报。"
      )
    case .reportReference: FourTexts(en: "Reference", ar: "الرقم المرجعي", fr: "Référence", zh: "参考编号")
    case .reportTooMany:
      FourTexts(
        en: "Too many reports have come from your network. Please try again later.",
        ar: "وردت بلاغات كثيرة من شبكتك. يُرجى المحاولة لاحقًا.",
        fr: "Trop de signalements proviennent de votre réseau. Veuillez réessayer plus tard.",
        zh: "来自您网络的举报过多。请稍后再试。"
      )

    case .receipt: FourTexts(en: "Receipt", ar: "الإيصال", fr: "Reçu", zh: "回执")
    case .receiptNumber: FourTexts(en: "Receipt number", ar: "رقم الإيصال", fr: "Numéro du reçu", zh: "回执编号")
    case .receiptMeaning:
      FourTexts(
        en: "The receipt proves what was asked, when, and what we answered. A screenshot proves nothing.",
        ar: "يثبت الإيصال السؤال المطروح ووقته والإجابة التي قدمناها. أما صورة الشاشة فلا تثبت شيئًا.",
        fr: "Le reçu prouve ce qui a été demandé, quand, et notre réponse. Une capture d’écran ne prouve rien.",
        zh: "回执可证明查询的内容、时间以及我们的答复。截图不能证明任何事。"
      )
    case .signedAnswer: FourTexts(en: "Signed answer", ar: "الإجابة الموقّعة", fr: "Réponse signée", zh: "已签名的答复")
    case .qrToThisCheck:
      FourTexts(
        en: "QR code to repeat this check",
        ar: "رمز QR لإعادة هذا التحقق",
        fr: "Code QR pour refaire cette vérification",
        zh: "扫码重复本次核验"
      )
    case .print: FourTexts(en: "Print", ar: "طباعة", fr: "Imprimer", zh: "打印")
    case .printNotice:
      FourTexts(
        en: "This print shows the state at {time}. Check again before you rely on it.",
        ar: "تبيّن هذه النسخة المطبوعة الحالة في {time}. تحقق من جديد قبل الاعتماد عليها.",
        fr:
          """
          Cette impression montre l’état constaté à l’heure suivante\u{A0}: {time}. Vérifiez à nouveau avant de vous y \
          fier.
          """,
        zh: "此打印件显示的是 {time} 的状态。信赖之前请重新核验。"
      )
    case .timeUTC: FourTexts(en: "Time (UTC)", ar: "الوقت (UTC)", fr: "Heure (UTC)", zh: "时间（UTC）")
    case .timeLocal: FourTexts(en: "Local time", ar: "التوقيت المحلي", fr: "Heure locale", zh: "当地时间")

    case .badgesFound:
      FourTexts(
        en: "Badges found on the page",
        ar: "الشارات الموجودة في الصفحة",
        fr: "Badges trouvés sur la page",
        zh: "页面上找到的徽章"
      )
    case .badgeInLine: FourTexts(en: "Line {line}", ar: "السطر {line}", fr: "Ligne {line}", zh: "第 {line} 行")
    case .notExamined: FourTexts(en: "Not examined", ar: "ما لم يُفحص", fr: "Non examiné", zh: "未检查的部分")
    case .notExaminedScripts:
      FourTexts(en: "Scripts: {count}", ar: "البرامج النصية: {count}", fr: "Scripts\u{A0}: {count}", zh: "脚本：{count}")
    case .notExaminedFrames:
      FourTexts(en: "Frames: {count}", ar: "الإطارات: {count}", fr: "Cadres\u{A0}: {count}", zh: "框架：{count}")
    case .notExaminedStyleSheets:
      FourTexts(
        en: "Style sheets: {count}",
        ar: "أوراق الأنماط: {count}",
        fr: "Feuilles de style\u{A0}: {count}",
        zh: "样式表：{count}"
      )
    case .visibilityNotChecked:
      FourTexts(
        en: "We did not check whether the badge can be seen on the screen.",
        ar: "لم نتحقق من إمكانية رؤية الشارة على الشاشة.",
        fr: "Nous n’avons pas vérifié si le badge est visible à l’écran.",
        zh: "我们未检查徽章在屏幕上是否可见。"
      )
    case .readAt: FourTexts(en: "Page read at", ar: "وقت قراءة الصفحة", fr: "Page lue le", zh: "页面读取时间")
    case .pageRead: FourTexts(en: "Page read", ar: "الصفحة المقروءة", fr: "Page lue", zh: "已读取的页面")
    }
  }
}

extension PageText: Message {
  public var identifier: String { rawValue }

  public var parameters: [String] {
    switch self {
    case .addressMustBegin: ["host"]
    case .printNotice: ["time"]
    case .pageProved, .pageProofOver, .pageVouched: ["date", "until"]
    case .cameFromWhichPage, .cameFromElsewhere: ["origin"]
    case .meansInForce: ["time"]
    case .meansWasInForce: ["from", "until"]
    case .meansPageProved, .meansPageVouched: ["date", "page", "until"]
    case .meansPageDeclared: ["page"]
    case .badgeInLine: ["line"]
    case .notExaminedScripts, .notExaminedFrames, .notExaminedStyleSheets: ["count"]
    default: []
    }
  }
}
