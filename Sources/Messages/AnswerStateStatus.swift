// What is against a certificate that is genuine.
extension AnswerState {
  static let revokedTexts = AnswerTexts(
    word: FourTexts(
      en: "Withdrawn",
      ar: "شهادة مسحوبة",
      fr: "Retiré",
      zh: "已撤销"
    ),
    headings: [
      FourTexts(
        en: "The chamber has withdrawn this certificate",
        ar: "سحبت الغرفة هذه الشهادة",
        fr: "La chambre a retiré ce certificat",
        zh: "商会已撤销此证书"
      )
    ],
    lines: [
      FourTexts(
        en: "It was withdrawn on {date} and will not come back.",
        ar: "سُحبت بتاريخ {date} سحبًا نهائيًا.",
        fr: "Il a été retiré le {date}, définitivement.",
        zh: "它已于 {date} 撤销，不会恢复。"
      ),
      FourTexts(
        en: "It will not come back.",
        ar: "سُحبت سحبًا نهائيًا.",
        fr: "Ce retrait est définitif.",
        zh: "它不会恢复。"
      ),
    ],
    advice: FourTexts(
      en: "Do not rely on it.",
      ar: "لا تعتمد عليها.",
      fr: "Ne vous y fiez pas.",
      zh: "请勿信赖它。"
    )
  )

  static let replacedTexts = AnswerTexts(
    word: FourTexts(
      en: "Replaced",
      ar: "شهادة مستبدلة",
      fr: "Remplacé",
      zh: "已被取代"
    ),
    headings: [
      FourTexts(
        en: "A newer certificate took its place",
        ar: "حلّت محلها شهادة أحدث",
        fr: "Un certificat plus récent l’a remplacé",
        zh: "已有更新的证书取代它"
      )
    ],
    lines: [
      FourTexts(
        en: "This one was replaced on {date}.",
        ar: "استُبدلت هذه الشهادة بتاريخ {date}.",
        fr: "Celui-ci a été remplacé le {date}.",
        zh: "此证书已于 {date} 被取代。"
      ),
      FourTexts(
        en: "This one was replaced.",
        ar: "استُبدلت هذه الشهادة.",
        fr: "Celui-ci a été remplacé.",
        zh: "此证书已被取代。"
      ),
    ],
    advice: FourTexts(
      en: "Open the newer one.",
      ar: "افتح الشهادة الأحدث.",
      fr: "Ouvrez le plus récent.",
      zh: "请打开更新的证书。"
    )
  )

  static let chamberWithdrawnTexts = AnswerTexts(
    word: FourTexts(
      en: "Chamber not recognised",
      ar: "غرفة غير معترف بها",
      fr: "Chambre non reconnue",
      zh: "商会不再获认可"
    ),
    headings: [
      FourTexts(
        en: "This chamber may no longer certify",
        ar: "لم يعد يحق لهذه الغرفة إصدار الشهادات",
        fr: "Cette chambre ne peut plus certifier",
        zh: "该商会不得再签发证书"
      )
    ],
    lines: [
      FourTexts(
        en: "Its recognition was withdrawn on {date}.",
        ar: "سُحب الاعتراف بها بتاريخ {date}.",
        fr: "Sa reconnaissance a été retirée le {date}.",
        zh: "其认可已于 {date} 撤销。"
      ),
      FourTexts(
        en: "Its recognition was withdrawn.",
        ar: "سُحب الاعتراف بها.",
        fr: "Sa reconnaissance a été retirée.",
        zh: "其认可已被撤销。"
      ),
    ],
    advice: FourTexts(
      en: "Do not rely on it.",
      ar: "لا تعتمد عليها.",
      fr: "Ne vous y fiez pas.",
      zh: "请勿信赖它。"
    )
  )

  static let chamberPausedTexts = AnswerTexts(
    word: FourTexts(
      en: "Chamber paused",
      ar: "غرفة موقوفة",
      fr: "Chambre suspendue",
      zh: "商会暂停中"
    ),
    headings: [
      FourTexts(
        en: "The chamber may not certify at present",
        ar: "لا يحق للغرفة إصدار الشهادات حاليًا",
        fr: "La chambre ne peut pas certifier actuellement",
        zh: "该商会目前不得签发证书"
      )
    ],
    lines: [
      FourTexts(
        en: "It was paused on {date}.",
        ar: "أُوقفت بتاريخ {date}.",
        fr: "Elle a été suspendue le {date}.",
        zh: "它已于 {date} 被暂停。"
      ),
      FourTexts(
        en: "It is paused.",
        ar: "الغرفة موقوفة.",
        fr: "Elle est suspendue.",
        zh: "它处于暂停状态。"
      ),
    ],
    advice: FourTexts(
      en: "Ask the authority that recognises it.",
      ar: "استفسر من الجهة التي تعترف بها.",
      fr: "Renseignez-vous auprès de l’autorité qui la reconnaît.",
      zh: "请向认可它的机构查询。"
    )
  )

  static let suspendedTexts = AnswerTexts(
    word: FourTexts(
      en: "Suspended",
      ar: "شهادة معلّقة",
      fr: "Suspendu",
      zh: "已暂停"
    ),
    headings: [
      FourTexts(
        en: "This certificate is suspended",
        ar: "هذه الشهادة معلّقة",
        fr: "Ce certificat est suspendu",
        zh: "此证书已暂停"
      )
    ],
    lines: [
      FourTexts(
        en: "Since {date}. A suspension can be lifted.",
        ar: "منذ {date}. وقد يُرفع التعليق لاحقًا.",
        fr: "Depuis le {date}. Une suspension peut être levée.",
        zh: "自 {date} 起。暂停可以解除。"
      ),
      FourTexts(
        en: "A suspension can be lifted.",
        ar: "قد يُرفع التعليق لاحقًا.",
        fr: "Une suspension peut être levée.",
        zh: "暂停可以解除。"
      ),
    ],
    advice: FourTexts(
      en: "Ask the chamber.",
      ar: "استفسر من الغرفة.",
      fr: "Renseignez-vous auprès de la chambre.",
      zh: "请向商会查询。"
    )
  )

  static let suspendedOrEndedTexts = AnswerTexts(
    word: FourTexts(
      en: "Not in force",
      ar: "غير سارية",
      fr: "Pas en vigueur",
      zh: "无效力"
    ),
    headings: [
      FourTexts(
        en: "This certificate is not in force",
        ar: "هذه الشهادة غير سارية",
        fr: "Ce certificat n’est pas en vigueur",
        zh: "此证书无效力"
      )
    ],
    lines: [
      FourTexts(
        en: "It is suspended or withdrawn; this form does not say which.",
        ar: "هي معلّقة أو مسحوبة، ولا تبيّن هذه الصيغة أيّهما.",
        fr: "Il est suspendu ou retiré\u{A0}; cette forme ne dit pas lequel.",
        zh: "它已暂停或撤销；此形式未说明是哪一种。"
      )
    ],
    advice: FourTexts(
      en: "Ask by its number.",
      ar: "استعلم برقمها.",
      fr: "Interrogez par son numéro.",
      zh: "请按其编号查询。"
    )
  )

  static let expiredTexts = AnswerTexts(
    word: FourTexts(
      en: "Ended",
      ar: "شهادة منتهية",
      fr: "Expiré",
      zh: "已到期"
    ),
    headings: [
      FourTexts(
        en: "This certificate ended on {date}",
        ar: "انتهت صلاحية هذه الشهادة بتاريخ {date}",
        fr: "Ce certificat a pris fin le {date}",
        zh: "此证书已于 {date} 到期"
      )
    ],
    lines: [
      FourTexts(
        en: "It was genuine. We know of no newer one.",
        ar: "كانت الشهادة أصلية، ولا نعرف شهادة أحدث منها.",
        fr: "Il était authentique. Nous n’en connaissons pas de plus récent.",
        zh: "它曾是真实的。我们不知道有更新的证书。"
      )
    ],
    advice: FourTexts(
      en: "Ask the company for its current one.",
      ar: "اطلب من الشركة شهادتها السارية.",
      fr: "Demandez à l’entreprise son certificat actuel.",
      zh: "请向该公司索取现行证书。"
    )
  )

  static let notYetValidTexts = AnswerTexts(
    word: FourTexts(
      en: "Not yet in force",
      ar: "لم تسرِ بعد",
      fr: "Pas encore en vigueur",
      zh: "尚未生效"
    ),
    headings: [
      FourTexts(
        en: "This certificate starts on {date}",
        ar: "يبدأ سريان هذه الشهادة بتاريخ {date}",
        fr: "Ce certificat prend effet le {date}",
        zh: "此证书自 {date} 起生效"
      )
    ],
    lines: [
      FourTexts(
        en: "It is genuine but not yet in force.",
        ar: "الشهادة أصلية، لكنها لم تدخل حيّز السريان بعد.",
        fr: "Il est authentique, mais n’est pas encore en vigueur.",
        zh: "它是真实的，但尚未生效。"
      )
    ],
    advice: FourTexts(
      en: "Come back then.",
      ar: "يُرجى معاودة التحقق في ذلك التاريخ.",
      fr: "Revenez à cette date.",
      zh: "请届时再来查询。"
    )
  )

  static let againstRulesTexts = AnswerTexts(
    word: FourTexts(
      en: "Not in force",
      ar: "غير سارية",
      fr: "Pas en vigueur",
      zh: "无效力"
    ),
    headings: [
      FourTexts(
        en: "This certificate does not meet the rules of its programme",
        ar: "لا تستوفي هذه الشهادة قواعد برنامجها",
        fr: "Ce certificat ne respecte pas les règles de son programme",
        zh: "此证书不符合其计划的规则"
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
      en: "Do not rely on it. Ask the chamber.",
      ar: "لا تعتمد عليها، واستفسر من الغرفة.",
      fr: "Ne vous y fiez pas. Renseignez-vous auprès de la chambre.",
      zh: "请勿信赖它，并请向商会查询。"
    )
  )

  static let pageStaleTexts = AnswerTexts(
    word: FourTexts(
      en: "Proof run out",
      ar: "انتهى الإثبات",
      fr: "Preuve échue",
      zh: "证明过期"
    ),
    headings: [
      FourTexts(
        en: "The proof for this page has run out",
        ar: "انتهت مدة إثبات هذه الصفحة",
        fr: "La preuve pour cette page est échue",
        zh: "此页面的证明已过期"
      )
    ],
    lines: [
      FourTexts(
        en: "The certificate is genuine and in force; the page was last proved on {date}.",
        ar: "الشهادة أصلية وسارية، وآخر إثبات للصفحة كان بتاريخ {date}.",
        fr: "Le certificat est authentique et en vigueur\u{A0}; la page a été prouvée pour la dernière fois le {date}.",
        zh: "证书真实有效；该页面上次证明于 {date}。"
      ),
      FourTexts(
        en: "The certificate is genuine and in force.",
        ar: "الشهادة أصلية وسارية.",
        fr: "Le certificat est authentique et en vigueur.",
        zh: "证书真实有效。"
      ),
    ],
    advice: FourTexts(
      en: "Ask the seller to prove it again.",
      ar: "اطلب من البائع إثباتها من جديد.",
      fr: "Demandez au vendeur de la prouver de nouveau.",
      zh: "请卖家重新证明。"
    )
  )
}
