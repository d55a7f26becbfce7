// What ties picture, field list and dump together: whoever shows a part of a field registers its element here, and when
// the pointer or the focus is on one of them, all of them light up.

/** Dispatches `light` with the index of the field that is lit (hovered, else pinned), or null. */
export class FieldLink extends EventTarget {
    /** Begins anew for another packet. */
    reset(packet) {
        this.packet = packet;
        this.elements = packet.fields.map(() => []);
        this.pinned = null;
        this.lit = [];
        this.marked = [];
        this.light(null);
    }

    /** `element` shows field number `index`, or a part of it. */
    register(index, element) {
        this.elements[index].push(element);
        (element.fields ??= []).push(index);
    }

    /** Makes a container's elements react to pointer, focus and click. */
    watch(container) {
        const fieldAt = (event) => event.target.closest?.("[data-field]")?.fields?.[0] ?? null;
        container.addEventListener("pointerover", (event) => this.light(fieldAt(event)));
        container.addEventListener("pointerleave", () => this.light(null));
        container.addEventListener("focusin", (event) => this.light(fieldAt(event)));
        container.addEventListener("focusout", () => this.light(null));
        container.addEventListener("keydown", (event) => event.key === "Enter" && this.pin(fieldAt(event)));
        container.addEventListener("click", (event) => this.pin(fieldAt(event)));
    }

    /** Keeps a field lit when the pointer has gone; again lets it go. */
    pin(index) {
        if (index === null) return;
        this.pinned = this.pinned === index ? null : index;
        this.light(index);
        for (const element of this.marked) element.classList.remove("pinned");
        this.marked = this.pinned === null ? [] : this.elements[this.pinned];
        for (const element of this.marked) element.classList.add("pinned");
    }

    light(index) {
        const shown = index ?? this.pinned;
        for (const element of this.lit) element.classList.remove("lit");
        const fields = shown === null ? [] : this.packet.within(this.packet.fields[shown]);
        this.lit = fields.flatMap((field) => this.elements[field]);
        for (const element of this.lit) element.classList.add("lit");
        this.dispatchEvent(new CustomEvent("light", { detail: shown }));
    }
}
