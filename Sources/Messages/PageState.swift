/// The thirteen answers of the person's page. Here, and only here, a credential is called a certificate.
public enum PageState: String, CaseIterable, Hashable, Sendable {
  case confirmed
  case otherPage = "other_page"
  case genuine
  case expired
  case notYetValid = "not_yet_valid"
  case suspended
  case revoked
  case superseded
  /// Genuine, and against a rule under which it was issued.
  case againstRules = "against_rules"
  case unknown
  case notGenuine = "not_genuine"
  case cannotTell = "cannot_tell"
  case noBadge = "no_badge"
}

/// What one state says, from top to bottom.
public struct PageTexts: Sendable {
  /// One to three words beside the icon and at the start of `<title>`: the icon never stands alone.
  public let word: FourTexts
  public let heading: FourTexts
  public let sentence: FourTexts
  /// A second sentence, shown strongly.
  public let emphasis: FourTexts?
  public let advice: FourTexts

  init(word: FourTexts, heading: FourTexts, sentence: FourTexts, emphasis: FourTexts? = nil, advice: FourTexts) {
    self.word = word
    self.heading = heading
    self.sentence = sentence
    self.emphasis = emphasis
    self.advice = advice
  }
}

extension PageState {
  /// Parameters: confirmed {chamber member page}; other page {member registered page}; genuine {member chamber};
  /// expired, not yet, suspended, revoked, superseded {date}; against rules {reason}; unknown {time}; cannot tell
  /// {reason time}; no badge {notes}. `{reason}` and `{notes}` are whole sentences of the catalogue, end mark included.
  public var texts: PageTexts {
    switch self {
    case .confirmed:
      PageTexts(
        word: FourTexts(en: "Confirmed", ar: "شهادة مؤكدة", fr: "Confirmé", zh: "已确认"),
        heading: FourTexts(
          en: "This certificate is genuine, in force, and belongs to this page",
          ar: "هذه الشهادة أصلية وسارية المفعول وتخص هذه الصفحة",
          fr: "Ce certificat est authentique, en vigueur, et se rapporte à cette page",
          zh: "此证书真实、有效，并且属于此页面"
        ),
        sentence: FourTexts(
          en: "{chamber} confirms that {member} is a member and that {page} is its shop.",
          ar: "تؤكد {chamber} أن {member} من أعضائها وأن {page} متجرها.",
          fr: "{chamber} confirme que {member} compte parmi ses membres et que {page} est sa boutique.",
          zh: "{chamber} 确认 {member} 是其会员，{page} 是该会员的店铺。"
        ),
        advice: FourTexts(
          en: "Still check price, product and payment.",
          ar: "تحقّق مع ذلك من السعر والمنتج وطريقة الدفع.",
          fr: "Vérifiez tout de même le prix, le produit et le paiement.",
          zh: "仍请核对价格、产品和付款方式。"
        )
      )
    case .otherPage:
      PageTexts(
        word: FourTexts(en: "Different page", ar: "صفحة أخرى", fr: "Autre page", zh: "页面不符"),
        heading: FourTexts(
          en: "This certificate belongs to a different page",
          ar: "هذه الشهادة تخص صفحة أخرى",
          fr: "Ce certificat se rapporte à une autre page",
          zh: "此证书属于另一个页面"
        ),
        sentence: FourTexts(
          en: "It was issued to {member} for {registered}. You asked about {page}.",
          ar: "صدرت الشهادة باسم {member} للصفحة {registered}. أما سؤالك فكان عن {page}.",
          fr: "Il a été délivré à {member} pour {registered}. Votre demande porte sur {page}.",
          zh: "它签发给 {member}，用于 {registered}。您查询的是 {page}。"
        ),
        advice: FourTexts(
          en: "Do not rely on it here. Report it.",
          ar: "لا تعتمد عليها في هذه الصفحة، وأبلغ عنها.",
          fr: "Ne vous y fiez pas ici. Signalez-le.",
          zh: "请勿在此页面信赖它，并请举报。"
        )
      )
    case .genuine:
      PageTexts(
        word: FourTexts(en: "Genuine", ar: "شهادة أصلية", fr: "Authentique", zh: "真实"),
        heading: FourTexts(
          en: "Genuine, but we do not know which page you were on",
          ar: "الشهادة أصلية، لكننا لا نعرف الصفحة التي رأيتها فيها",
          fr: "Authentique, mais nous ne savons pas sur quelle page vous étiez",
          zh: "证书真实，但我们不知道您是在哪个页面看到的"
        ),
        sentence: FourTexts(
          en: "{member} is a member of {chamber}.",
          ar: "{member} عضو في {chamber}.",
          fr: "{member} est membre de l’organisme suivant\u{A0}: {chamber}.",
          zh: "{member} 是 {chamber} 的会员。"
        ),
        advice: FourTexts(
          en: "Enter the page's address.",
          ar: "أدخل عنوان الصفحة.",
          fr: "Saisissez l’adresse de la page.",
          zh: "请输入该页面的地址。"
        )
      )
    case .expired:
      PageTexts(
        word: FourTexts(en: "Ended", ar: "شهادة منتهية", fr: "Expiré", zh: "已到期"),
        heading: FourTexts(
          en: "This certificate ended on {date}",
          ar: "انتهت صلاحية هذه الشهادة بتاريخ {date}",
          fr: "Ce certificat a pris fin le {date}",
          zh: "此证书已于 {date} 到期"
        ),
        sentence: FourTexts(
          en: "It was genuine. It has not been renewed.",
          ar: "كانت الشهادة أصلية، ولم تُجدَّد.",
          fr: "Il était authentique. Il n’a pas été renouvelé.",
          zh: "它曾是真实的，但未续期。"
        ),
        advice: FourTexts(
          en: "Ask the company for its current one.",
          ar: "اطلب من الشركة شهادتها السارية.",
          fr: "Demandez à l’entreprise son certificat actuel.",
          zh: "请向该公司索取现行证书。"
        )
      )
    case .notYetValid:
      PageTexts(
        word: FourTexts(en: "Not yet in force", ar: "لم تسرِ بعد", fr: "Pas encore en vigueur", zh: "尚未生效"),
        heading: FourTexts(
          en: "This certificate starts on {date}",
          ar: "يبدأ سريان هذه الشهادة بتاريخ {date}",
          fr: "Ce certificat prend effet le {date}",
          zh: "此证书自 {date} 起生效"
        ),
        sentence: FourTexts(
          en: "It is genuine but not yet in force.",
          ar: "الشهادة أصلية، لكنها لم تدخل حيّز السريان بعد.",
          fr: "Il est authentique, mais n’est pas encore en vigueur.",
          zh: "它是真实的，但尚未生效。"
        ),
        advice: FourTexts(
          en: "Come back then.",
          ar: "يُرجى معاودة التحقق في ذلك التاريخ.",
          fr: "Revenez à cette date.",
          zh: "请届时再来查询。"
        )
      )
    case .suspended:
      PageTexts(
        word: FourTexts(en: "Paused", ar: "شهادة معلّقة", fr: "Suspendu", zh: "已暂停"),
        heading: FourTexts(
          en: "This certificate is paused since {date}",
          ar: "هذه الشهادة معلّقة منذ {date}",
          fr: "Ce certificat est suspendu depuis le {date}",
          zh: "此证书自 {date} 起暂停"
        ),
        sentence: FourTexts(
          en: "The chamber does not say why here. A pause can end.",
          ar: "لا تبيّن الغرفة السبب هنا. وقد ينتهي التعليق لاحقًا.",
          fr: "La chambre n’en indique pas ici la raison. Une suspension peut prendre fin.",
          zh: "商会在此不说明原因。暂停可能会解除。"
        ),
        advice: FourTexts(
          en: "Ask the chamber.",
          ar: "استفسر من الغرفة.",
          fr: "Renseignez-vous auprès de la chambre.",
          zh: "请向商会查询。"
        )
      )
    case .revoked:
      PageTexts(
        word: FourTexts(en: "Withdrawn", ar: "شهادة مسحوبة", fr: "Retiré", zh: "已撤销"),
        heading: FourTexts(
          en: "The chamber has withdrawn this certificate",
          ar: "سحبت الغرفة هذه الشهادة",
          fr: "La chambre a retiré ce certificat",
          zh: "商会已撤销此证书"
        ),
        sentence: FourTexts(
          en: "It was withdrawn on {date} and will not come back.",
          ar: "سُحبت بتاريخ {date} سحبًا نهائيًا.",
          fr: "Il a été retiré le {date}, définitivement.",
          zh: "它已于 {date} 撤销，不会恢复。"
        ),
        advice: FourTexts(
          en: "Do not rely on it.",
          ar: "لا تعتمد عليها.",
          fr: "Ne vous y fiez pas.",
          zh: "请勿信赖它。"
        )
      )
    case .superseded:
      PageTexts(
        word: FourTexts(en: "Replaced", ar: "شهادة مستبدلة", fr: "Remplacé", zh: "已被取代"),
        heading: FourTexts(
          en: "A newer certificate exists",
          ar: "توجد شهادة أحدث",
          fr: "Il existe un certificat plus récent",
          zh: "已有更新的证书"
        ),
        sentence: FourTexts(
          en: "This one was replaced on {date}.",
          ar: "استُبدلت هذه الشهادة بتاريخ {date}.",
          fr: "Celui-ci a été remplacé le {date}.",
          zh: "此证书已于 {date} 被取代。"
        ),
        advice: FourTexts(
          en: "Open the newer one.",
          ar: "افتح الشهادة الأحدث.",
          fr: "Ouvrez le plus récent.",
          zh: "请打开更新的证书。"
        )
      )
    case .againstRules:
      PageTexts(
        word: FourTexts(en: "Not in force", ar: "غير سارية", fr: "Pas en vigueur", zh: "无效力"),
        heading: FourTexts(
          en: "This certificate is against the chamber's own rules",
          ar: "هذه الشهادة مخالفة لقواعد الغرفة نفسها",
          fr: "Ce certificat est contraire aux règles de la chambre elle-même",
          zh: "此证书违反商会自身的规则"
        ),
        sentence: FourTexts(en: "{reason}", ar: "{reason}", fr: "{reason}", zh: "{reason}"),
        advice: FourTexts(
          en: "Do not rely on it. Ask the chamber.",
          ar: "لا تعتمد عليها، واستفسر من الغرفة.",
          fr: "Ne vous y fiez pas. Renseignez-vous auprès de la chambre.",
          zh: "请勿信赖它，并请向商会查询。"
        )
      )
    case .unknown:
      PageTexts(
        word: FourTexts(en: "Unknown number", ar: "رقم غير معروف", fr: "Numéro inconnu", zh: "编号不存在"),
        heading: FourTexts(
          en: "No certificate has this number",
          ar: "لا توجد شهادة بهذا الرقم",
          fr: "Aucun certificat ne porte ce numéro",
          zh: "没有此编号的证书"
        ),
        sentence: FourTexts(
          en: "We looked in the register at {time}.",
          ar: "بحثنا في السجل في {time}.",
          fr: "Nous avons consulté le registre à l’heure suivante\u{A0}: {time}.",
          zh: "我们已于 {time} 查阅登记册。"
        ),
        advice: FourTexts(
          en: "Check the number; else treat the badge as false.",
          ar: "تأكد من الرقم، وإن كان صحيحًا فاعتبر الشارة مزيفة.",
          fr: "Vérifiez le numéro\u{A0}; s’il est exact, tenez le badge pour faux.",
          zh: "请核对编号；如编号无误，应视该徽章为假。"
        )
      )
    case .notGenuine:
      PageTexts(
        word: FourTexts(en: "Not genuine", ar: "غير أصلية", fr: "Non authentique", zh: "非真实证书"),
        heading: FourTexts(
          en: "This is not a chamber's certificate",
          ar: "هذه ليست شهادة صادرة عن غرفة",
          fr: "Ceci n’est pas un certificat d’une chambre",
          zh: "这不是商会的证书"
        ),
        sentence: FourTexts(
          en: "Its signature does not match, or no chamber we know has issued it.",
          ar: "توقيعها غير مطابق، أو لم تصدرها أي غرفة معروفة لدينا.",
          fr: "Sa signature ne correspond pas, ou aucune chambre que nous connaissons ne l’a délivré.",
          zh: "其签名不符，或并非由我们所知的商会签发。"
        ),
        advice: FourTexts(
          en: "Report it.",
          ar: "أبلغ عنها.",
          fr: "Signalez-le.",
          zh: "请举报。"
        )
      )
    case .cannotTell:
      PageTexts(
        word: FourTexts(en: "Could not check", ar: "تعذّر التحقق", fr: "Vérification impossible", zh: "无法核验"),
        heading: FourTexts(
          en: "We could not check this now",
          ar: "تعذّر علينا التحقق الآن",
          fr: "Nous n’avons pas pu effectuer la vérification",
          zh: "我们目前无法核验"
        ),
        sentence: FourTexts(en: "{reason}", ar: "{reason}", fr: "{reason}", zh: "{reason}"),
        emphasis: FourTexts(
          en: "This does not mean it is false.",
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
    case .noBadge:
      PageTexts(
        word: FourTexts(en: "No badge", ar: "لا توجد شارة", fr: "Aucun badge", zh: "没有徽章"),
        heading: FourTexts(
          en: "We found no badge on this page",
          ar: "لم نجد أي شارة في هذه الصفحة",
          fr: "Nous n’avons trouvé aucun badge sur cette page",
          zh: "我们在此页面上没有找到徽章"
        ),
        sentence: FourTexts(en: "{notes}", ar: "{notes}", fr: "{notes}", zh: "{notes}"),
        advice: FourTexts(
          en: "Ask the seller for the certificate number.",
          ar: "اطلب من البائع رقم الشهادة.",
          fr: "Demandez au vendeur le numéro du certificat.",
          zh: "请向卖家索取证书编号。"
        )
      )
    }
  }
}
