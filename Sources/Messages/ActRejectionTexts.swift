/// What is said when a rule stops an act of an officer, where it is said in all four languages. Terminals speak English
/// (`ErrorPresenter` of khatm); none of this appears in a verdict.
public enum ActRejectionText: CaseIterable, Message {
  case clockWentBack, registryTampered
  case illegalTransition, issuerNotAuthorised
  case nameBidiControl, nameInvisible, nameLength, nameConfusable

  public var identifier: String { "\(self)" }
  public var parameters: [String] { texts[.en].placeholders }

  public var texts: FourTexts {
    switch self {
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
    }
  }
}
