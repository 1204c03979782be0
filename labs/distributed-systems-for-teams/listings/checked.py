import functools

import jsonschema_rs


def checked(schema):
    """Fail where the answer is made, not where it is read."""
    validator = jsonschema_rs.validator_for(schema)

    def decorate(work):
        @functools.wraps(work)
        async def answer(*given):
            payload = await work(*given)
            validator.validate(payload)  # raises: the error is ours
            return payload

        return answer

    return decorate
