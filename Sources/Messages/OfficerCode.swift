/// Refusals that stop an act of an officer. They never appear in a verdict. Refusals of a page address use
/// `ReasonCode`.
public enum OfficerCode: String, CaseIterable, Hashable, Sendable {
  case busy
  case clockWentBack = "clock_went_back"
  case registryTampered = "registry_tampered"
  case illegalTransition = "illegal_transition"
  case issuerNotAuthorised = "issuer_not_authorised"
  case secondOfficerRequired = "second_officer_required"
  case nameBidiControl = "name_bidi_control"
  case nameInvisible = "name_invisible"
  case nameLength = "name_length"
  case nameConfusable = "name_confusable"
  case nameReservedPhrase = "name_reserved_phrase"
  case duplicateMember = "duplicate_member"
}

extension OfficerCode: Message {
  public var identifier: String { rawValue }

  public var parameters: [String] {
    switch self {
    case .busy: ["pid", "since"]
    case .clockWentBack: ["now", "newest"]
    case .registryTampered: ["table", "row"]
    case .illegalTransition: ["from", "to"]
    case .issuerNotAuthorised: ["issuer", "programme"]
    case .secondOfficerRequired: ["act", "officers"]
    case .nameBidiControl, .nameInvisible, .nameLength: ["field", "at"]
    case .nameConfusable, .nameReservedPhrase: ["field", "with"]
    case .duplicateMember: ["existing"]
    }
  }

  public var texts: FourTexts {
    switch self {
    case .busy:
      FourTexts(
        en: "Another process ({pid}) has held the registry since {since}.",
        ar: "عملية أخرى ({pid}) تستخدم السجل منذ {since}.",
        fr: "Un autre processus ({pid}) occupe le registre depuis {since}.",
        zh: "另一进程（{pid}）自 {since} 起占用登记库。"
      )
    case .clockWentBack:
      FourTexts(
        en: "The clock says {now}, but the newest record is from {newest}.",
        ar: "تشير الساعة إلى {now}، في حين أن أحدث قيد يعود إلى {newest}.",
        fr: "L’horloge indique {now}, mais l’écriture la plus récente date du {newest}.",
        zh: "时钟显示 {now}，而最新记录的时间为 {newest}。"
      )
    case .registryTampered:
      FourTexts(
        en:
          """
          The registry does not agree with the log (table {table}, row {row}). Nothing is signed until this is resolved.
          """,
        ar: "السجل لا يطابق سجل الشفافية (الجدول {table}، الصف {row}). لن يُوقَّع أي شيء قبل معالجة ذلك.",
        fr:
          """
          Le registre ne concorde pas avec le journal (table {table}, ligne {row}). Rien n’est signé tant que cela \
          n’est pas résolu.
          """,
        zh: "登记库与日志不一致（表 {table}，行 {row}）。在解决之前不会签署任何内容。"
      )
    case .illegalTransition:
      FourTexts(
        en: "A certificate cannot go from {from} to {to}.",
        ar: "لا يمكن نقل الشهادة من الحالة {from} إلى الحالة {to}.",
        fr: "Un certificat ne peut pas passer de l’état {from} à l’état {to}.",
        zh: "证书不能从 {from} 变为 {to}。"
      )
    case .issuerNotAuthorised:
      FourTexts(
        en: "{issuer} may not do this for {programme}.",
        ar: "الجهة {issuer} غير مخوّلة بهذا الإجراء في {programme}.",
        fr: "{issuer} n’est pas habilitée à agir pour {programme}.",
        zh: "{issuer} 无权就 {programme} 执行此操作。"
      )
    case .secondOfficerRequired:
      FourTexts(
        en: "A second officer must approve this act ({act}). So far: {officers}.",
        ar: "يجب أن يوافق موظف ثانٍ على هذا الإجراء ({act}). الموافقات حتى الآن: {officers}.",
        fr: "Un second agent doit approuver cet acte ({act}). Jusqu’ici\u{A0}: {officers}.",
        zh: "此操作（{act}）须由第二名经办人批准。目前：{officers}。"
      )
    case .nameBidiControl:
      FourTexts(
        en: "The name in {field} holds a hidden direction control (at {at}).",
        ar: "يحتوي الاسم في الحقل {field} على رمز خفي يغيّر اتجاه النص (الموضع {at}).",
        fr: "Le nom du champ {field} contient un caractère invisible de direction (position {at}).",
        zh: "{field} 中的名称含有隐藏的方向控制符（位置 {at}）。"
      )
    case .nameInvisible:
      FourTexts(
        en: "The name in {field} holds an invisible character (at {at}).",
        ar: "يحتوي الاسم في الحقل {field} على حرف غير مرئي (الموضع {at}).",
        fr: "Le nom du champ {field} contient un caractère invisible (position {at}).",
        zh: "{field} 中的名称含有不可见字符（位置 {at}）。"
      )
    case .nameLength:
      FourTexts(
        en: "The name in {field} is empty or too long (at {at}).",
        ar: "الاسم في الحقل {field} فارغ أو طويل جدًا (الموضع {at}).",
        fr: "Le nom du champ {field} est vide ou trop long (position {at}).",
        zh: "{field} 中的名称为空或过长（位置 {at}）。"
      )
    case .nameConfusable:
      FourTexts(
        en: "The name in {field} resembles {with}: an officer must decide.",
        ar: "الاسم في الحقل {field} يشبه {with}: يلزم قرار من موظف مختص.",
        fr: "Le nom du champ {field} ressemble à {with}\u{A0}: un agent doit trancher.",
        zh: "{field} 中的名称与 {with} 相似：须由经办人决定。"
      )
    case .nameReservedPhrase:
      FourTexts(
        en: "The name in {field} holds the reserved words {with}: an officer must decide.",
        ar: "يحتوي الاسم في الحقل {field} على العبارة المحجوزة {with}: يلزم قرار من موظف مختص.",
        fr: "Le nom du champ {field} contient l’expression réservée {with}\u{A0}: un agent doit trancher.",
        zh: "{field} 中的名称含有保留用语 {with}：须由经办人决定。"
      )
    case .duplicateMember:
      FourTexts(
        en: "This company is already registered: {existing}.",
        ar: "هذه الشركة مسجلة من قبل: {existing}.",
        fr: "Cette entreprise est déjà inscrite\u{A0}: {existing}.",
        zh: "该公司已登记：{existing}。"
      )
    }
  }
}
