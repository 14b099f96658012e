// What could not be checked, and what is good.
extension AnswerState {
  static let cannotTellTexts = AnswerTexts(
    word: FourTexts(
      en: "Could not check",
      ar: "تعذّر التحقق",
      fr: "Vérification impossible",
      zh: "无法核验"
    ),
    headings: [
      FourTexts(
        en: "We could not check this now",
        ar: "تعذّر علينا التحقق الآن",
        fr: "Nous n’avons pas pu effectuer la vérification",
        zh: "我们目前无法核验"
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
    emphasis: FourTexts(
      en: "This does not mean that it is false.",
      ar: "ولا يعني ذلك أن الشهادة مزيفة.",
      fr: "Cela ne veut pas dire que le certificat est faux.",
      zh: "这并不表示它是假的。"
    ),
    advice: FourTexts(
      en: "Try again after {time}.",
      ar: "أعد المحاولة بعد {time}.",
      fr: "Réessayez après l’heure suivante\u{A0}: {time}.",
      zh: "请在 {time} 之后重试。"
    )
  )

  static let noPictureDataTexts = AnswerTexts(
    word: FourTexts(
      en: "Nothing in it",
      ar: "صورة بلا شهادة",
      fr: "Image vide",
      zh: "图中无证书"
    ),
    headings: [
      FourTexts(
        en: "This picture carries no certificate",
        ar: "لا تحمل هذه الصورة أي شهادة",
        fr: "Cette image ne contient aucun certificat",
        zh: "此图片不含证书"
      )
    ],
    lines: [
      FourTexts(
        en: "Copies often lose it.",
        ar: "كثيرًا ما تفقدها النسخ.",
        fr: "Les copies le perdent souvent.",
        zh: "复制后常会丢失。"
      )
    ],
    emphasis: FourTexts(
      en: "This does not mean that it is false.",
      ar: "ولا يعني ذلك أن الشارة مزيفة.",
      fr: "Cela ne veut pas dire que le badge est faux.",
      zh: "这并不表示徽章是假的。"
    ),
    advice: FourTexts(
      en: "Use the number on it.",
      ar: "استخدم الرقم المكتوب عليها.",
      fr: "Utilisez le numéro qui y figure.",
      zh: "请使用图上的编号。"
    )
  )

  static let noBadgeTexts = AnswerTexts(
    word: FourTexts(
      en: "No badge",
      ar: "لا توجد شارة",
      fr: "Aucun badge",
      zh: "没有徽章"
    ),
    headings: [
      FourTexts(
        en: "We found no badge on this page",
        ar: "لم نجد أي شارة في هذه الصفحة",
        fr: "Nous n’avons trouvé aucun badge sur cette page",
        zh: "我们在此页面上没有找到徽章"
      )
    ],
    lines: [
      FourTexts(
        en: "{notes}",
        ar: "{notes}",
        fr: "{notes}",
        zh: "{notes}"
      )
    ],
    advice: FourTexts(
      en: "Ask the seller for the certificate number.",
      ar: "اطلب من البائع رقم الشهادة.",
      fr: "Demandez au vendeur le numéro du certificat.",
      zh: "请向卖家索取证书编号。"
    )
  )

  static let confirmedTexts = AnswerTexts(
    word: FourTexts(
      en: "Confirmed",
      ar: "شهادة مؤكدة",
      fr: "Confirmé",
      zh: "已确认"
    ),
    headings: [
      FourTexts(
        en: "Genuine, in force, and for this page",
        ar: "شهادة أصلية وسارية، وتخص هذه الصفحة",
        fr: "Authentique, en vigueur, et pour cette page",
        zh: "真实、有效，并且属于此页面"
      )
    ],
    lines: [
      FourTexts(
        en: "{holder} proved on {date} that {page} is its page.",
        ar: "أثبت {holder} بتاريخ {date} أن {page} صفحته.",
        fr: "{holder} a prouvé le {date} que {page} est sa page.",
        zh: "{holder} 已于 {date} 证明 {page} 是其页面。"
      ),
      FourTexts(
        en: "{holder} proved that {page} is its page.",
        ar: "أثبت {holder} أن {page} صفحته.",
        fr: "{holder} a prouvé que {page} est sa page.",
        zh: "{holder} 已证明 {page} 是其页面。"
      ),
    ],
    advice: FourTexts(
      en: "Still check price, product and payment.",
      ar: "تحقّق مع ذلك من السعر والمنتج وطريقة الدفع.",
      fr: "Vérifiez tout de même le prix, le produit et le paiement.",
      zh: "仍请核对价格、产品和付款方式。"
    )
  )

  static let vouchedTexts = AnswerTexts(
    word: FourTexts(
      en: "Confirmed",
      ar: "شهادة مؤكدة",
      fr: "Confirmé",
      zh: "已确认"
    ),
    headings: [
      FourTexts(
        en: "Genuine, in force, and for this page",
        ar: "شهادة أصلية وسارية، وتخص هذه الصفحة",
        fr: "Authentique, en vigueur, et pour cette page",
        zh: "真实、有效，并且属于此页面"
      )
    ],
    lines: [
      FourTexts(
        en: "An officer of {chamber} vouched on {date} that {page} is {holder}'s.",
        ar: "شهد موظف في {chamber} بتاريخ {date} بأن {page} تخص {holder}.",
        fr: "Un agent de {chamber} a attesté le {date} que {page} appartient à {holder}.",
        zh: "{chamber} 的一名官员已于 {date} 担保 {page} 属于 {holder}。"
      ),
      FourTexts(
        en: "An officer of {chamber} vouched that {page} is {holder}'s.",
        ar: "شهد موظف في {chamber} بأن {page} تخص {holder}.",
        fr: "Un agent de {chamber} a attesté que {page} appartient à {holder}.",
        zh: "{chamber} 的一名官员已担保 {page} 属于 {holder}。"
      ),
    ],
    advice: FourTexts(
      en: "Still check price, product and payment.",
      ar: "تحقّق مع ذلك من السعر والمنتج وطريقة الدفع.",
      fr: "Vérifiez tout de même le prix, le produit et le paiement.",
      zh: "仍请核对价格、产品和付款方式。"
    )
  )

  static let declaredTexts = AnswerTexts(
    word: FourTexts(
      en: "Named, not proved",
      ar: "مذكورة غير مثبتة",
      fr: "Citée, non prouvée",
      zh: "已申报未证明"
    ),
    headings: [
      FourTexts(
        en: "Genuine; the page was named, not proved",
        ar: "الشهادة أصلية، والصفحة مذكورة لكنها غير مثبتة",
        fr: "Authentique\u{A0}; la page est citée, non prouvée",
        zh: "证书真实；页面仅为申报，未经证明"
      )
    ],
    lines: [
      FourTexts(
        en: "{holder} named {page}; no proof of it is recorded.",
        ar: "ذكر {holder} الصفحة {page}، ولا يوجد إثبات مسجَّل لها.",
        fr: "{holder} a cité {page}\u{A0}; aucune preuve n’en est enregistrée.",
        zh: "{holder} 申报了 {page}；没有相关证明记录。"
      )
    ],
    advice: FourTexts(
      en: "Ask {chamber} before you rely on it.",
      ar: "استفسر من {chamber} قبل الاعتماد عليها.",
      fr: "Renseignez-vous auprès de {chamber} avant de vous y fier.",
      zh: "信赖之前，请向 {chamber} 查询。"
    )
  )

  static let cameFromTexts = AnswerTexts(
    word: FourTexts(
      en: "Genuine",
      ar: "شهادة أصلية",
      fr: "Authentique",
      zh: "真实"
    ),
    headings: [
      FourTexts(
        en: "Genuine, and for the site you came from",
        ar: "شهادة أصلية، وتخص الموقع الذي أتيت منه",
        fr: "Authentique, et pour le site d’où vous venez",
        zh: "证书真实，并且属于您来自的网站"
      )
    ],
    lines: [
      FourTexts(
        en: "Your browser says: {origin}. It is proved for {holder}.",
        ar: "يقول متصفحك: {origin}. وهو مثبت باسم {holder}.",
        fr: "Votre navigateur indique\u{A0}: {origin}. Ce site est prouvé pour {holder}.",
        zh: "您的浏览器显示：{origin}。该网站已证明属于 {holder}。"
      )
    ],
    advice: FourTexts(
      en: "Compare it with the address you saw.",
      ar: "قارنه بالعنوان الذي رأيته.",
      fr: "Comparez-le à l’adresse que vous avez vue.",
      zh: "请与您看到的地址核对。"
    )
  )

  static let genuineTexts = AnswerTexts(
    word: FourTexts(
      en: "Genuine",
      ar: "شهادة أصلية",
      fr: "Authentique",
      zh: "真实"
    ),
    headings: [
      FourTexts(
        en: "Genuine; we do not know your page",
        ar: "الشهادة أصلية، لكننا لا نعرف صفحتك",
        fr: "Authentique\u{A0}; nous ne connaissons pas votre page",
        zh: "证书真实；我们不知道您所在的页面"
      )
    ],
    lines: [
      FourTexts(
        en: "{chamber} certifies that {holder} is its member.",
        ar: "تشهد {chamber} بأن {holder} عضو فيها.",
        fr: "{chamber} certifie que {holder} est son membre.",
        zh: "{chamber} 证明 {holder} 是其会员。"
      )
    ],
    advice: FourTexts(
      en: "Enter the page's address.",
      ar: "أدخل عنوان الصفحة.",
      fr: "Saisissez l’adresse de la page.",
      zh: "请输入该页面的地址。"
    )
  )
}
