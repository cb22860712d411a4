"""What PyTorch, Keras, timm and Ultralytics call things: a person who comes from there is told the name here.

    names     when two names are one
    layers    layers of theirs → ops of ours
    words     arguments, keys, values and initialisations

In: a name that is none of ours. Out: ours for the same thing, or what to do in its place.
"""
