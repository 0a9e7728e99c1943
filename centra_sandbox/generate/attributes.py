"""Custom attributes and translations, as nodes."""

from ..nodes import Node, make


def text_attribute(type_name: str, object_type: str, is_mapped: bool, values: dict[str, str | None]) -> Node:
    """Returns an attribute with text elements, by key."""
    elements = [
        make("AttributeStringElement", key=key, kind="INPUT", value=value) for key, value in values.items()
    ]
    return _attribute(type_name, object_type, is_mapped, elements)


def choice_attribute(type_name: str, object_type: str, key: str, chosen: str) -> Node:
    """Returns a mapped attribute with one value. Several values are several attributes of the same type."""
    element = make(
        "AttributeChoiceElement",
        key=key,
        kind="SELECT",
        selectedValue=chosen.lower(),
        selectedValueName=chosen,
    )
    return _attribute(type_name, object_type, True, [element])


def image_attribute(type_name: str, object_type: str, url: str) -> Node:
    """Returns an attribute with an image."""
    element = make(
        "AttributeImageElement",
        key="image",
        kind="IMAGE",
        url=url,
        width=800,
        height=600,
        mimeType="image/png",
    )
    return _attribute(type_name, object_type, False, [element])


def _attribute(type_name: str, object_type: str, is_mapped: bool, elements: list[Node]) -> Node:
    kind = make("AttributeType", name=type_name, isMapped=is_mapped)
    return make("Attribute", type=kind, objectType=object_type, elements=elements)


def translation(language: Node, texts: dict[str, str | None]) -> Node:
    """Returns texts of an object in one language; null is not translated."""
    fields = [make("TranslationField", field=name, value=text) for name, text in texts.items()]
    return make("LanguageTranslation", language=language, fields=fields)
