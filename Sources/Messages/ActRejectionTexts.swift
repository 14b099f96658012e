/// The few sentences about rejected acts that are said in all four languages. All others are in `ErrorPresenter` of
/// khatm, since terminals speak English; none of this appears in a verdict.
public enum ActRejectionText: CaseIterable, Message {
  case clockWentBack, registryTampered
  case nameBidiControl, nameInvisible, nameLength, nameMixesAlphabets, nameReservedPhrase, nameSymbol

  public var identifier: String { "\(self)" }
  public var parameters: [String] { texts[.en].placeholders }

  public var texts: FourTexts {
    switch self {
    case .clockWentBack:
      FourTexts(
        en: "The newest record is dated {newest}, but the clock says {now}: it is wrong now, or was wrong then.",
        ar: "تاريخ أحدث قيد هو {newest}، في حين تشير الساعة إلى {now}: فإما أنها خاطئة الآن أو كانت خاطئة حينها.",
        fr:
          """
          L’écriture la plus récente date du {newest}, mais l’horloge indique {now}\u{A0}: elle est fausse maintenant, \
          ou l’était alors.
          """,
        zh: "最新记录的时间为 {newest}，而时钟显示 {now}：时钟现在有误，或当时有误。"
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
    case .nameReservedPhrase:
      FourTexts(
        en: "The name in {field} holds “{phrase}”, which only an authority may say of itself.",
        ar: "يحتوي الاسم في الحقل {field} على «{phrase}»، وهي عبارة لا تقولها عن نفسها إلا جهة اعتماد.",
        fr: "Le nom du champ {field} contient «\u{A0}{phrase}\u{A0}», réservé aux autorités.",
        zh: "{field} 中的名称含有“{phrase}”，只有认可机构才可如此自称。"
      )
    case .nameSymbol:
      FourTexts(
        en: "The name in {field} holds a sign that is no letter (at {at}).",
        ar: "يحتوي الاسم في الحقل {field} على علامة ليست حرفًا (الموضع {at}).",
        fr: "Le nom du champ {field} contient un signe qui n’est pas une lettre (position {at}).",
        zh: "{field} 中的名称含有非文字的符号（位置 {at}）。"
      )
    case .nameMixesAlphabets:
      FourTexts(
        en: "The name in {field} mixes letters of two alphabets that look alike (at {at}).",
        ar: "يخلط الاسم في الحقل {field} بين حروف متشابهة من أبجديتين (الموضع {at}).",
        fr: "Le nom du champ {field} mêle des lettres semblables de deux alphabets (position {at}).",
        zh: "{field} 中的名称混用了两种字母表中外形相似的字母（位置 {at}）。"
      )
    }
  }
}
